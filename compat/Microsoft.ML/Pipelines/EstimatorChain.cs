namespace Microsoft.ML.Data;

internal sealed record EstimatorChainMember(IEstimator<ITransformer> Estimator, TransformerScope Scope, bool CacheAfter);

/// <summary>Estimators fitted one after the other, each on what the ones before it make of the data. Immutable.</summary>
public sealed class EstimatorChain<TLastTransformer> : IEstimator<TransformerChain<TLastTransformer>>
    where TLastTransformer : class, ITransformer
{
    private readonly EstimatorChainMember[] _members;
    private readonly IHost _host;

    public readonly IEstimator<TLastTransformer> LastEstimator;

    public EstimatorChain() => _members = [];

    private EstimatorChain(IHost host, EstimatorChainMember[] members)
    {
        _host = host;
        _members = members;
        LastEstimator = (IEstimator<TLastTransformer>)members[^1].Estimator;
    }

    public TransformerChain<TLastTransformer> Fit(IDataView input)
    {
        // The whole chain is checked against the schema before anything is fitted.
        GetOutputSchema(SchemaShape.Create(input.Schema));
        IDataView current = input;
        var transformers = new ITransformer[_members.Length];
        for (int i = 0; i < _members.Length; i++)
        {
            transformers[i] = _members[i].Estimator.Fit(current);
            current = transformers[i].Transform(current);
            if (_members[i].CacheAfter && i < _members.Length - 1)
                current = new CacheDataView(_host, current);
        }
        return new TransformerChain<TLastTransformer>(transformers, _members.Select(m => m.Scope));
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return _members.Aggregate(inputSchema, (shape, member) => member.Estimator.GetOutputSchema(shape));
    }

    public EstimatorChain<TNewTrans> Append<TNewTrans>(IEstimator<TNewTrans> estimator, TransformerScope scope = TransformerScope.Everything)
        where TNewTrans : class, ITransformer
    {
        Contracts.CheckValue(estimator, nameof(estimator));
        return new EstimatorChain<TNewTrans>(_host, [.. _members, new(estimator, scope, false)]);
    }

    public EstimatorChain<TLastTransformer> AppendCacheCheckpoint(IHostEnvironment env)
    {
        Contracts.CheckValue(env, nameof(env));
        if (_members.Length == 0)
            throw Contracts.Except("Current estimator chain has no estimator, can't append cache checkpoint.");
        if (_members[^1].CacheAfter)
            return this;
        return new EstimatorChain<TLastTransformer>(_host ?? env.Register(nameof(EstimatorChain<TLastTransformer>)),
            [.. _members[..^1], _members[^1] with { CacheAfter = true }]);
    }
}

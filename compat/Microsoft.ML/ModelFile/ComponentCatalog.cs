using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>The loaders of saved models that are known, by the names their assemblies registered. Thread-safe.</summary>
public sealed class ComponentCatalog
{
    /// <summary>The assemblies of the real library, all of which this one stands for.</summary>
    private static readonly HashSet<string> BuiltIn = new(StringComparer.OrdinalIgnoreCase)
    {
        "Microsoft.ML", "Microsoft.ML.Core", "Microsoft.ML.Data", "Microsoft.ML.Transforms", "Microsoft.ML.StandardTrainers",
    };

    private readonly Lock _lock = new();
    private readonly HashSet<Assembly> _registered = [];
    private readonly Dictionary<(string Name, Type Signature), Loader> _loaders = [];

    internal ComponentCatalog()
    {
    }

    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        Contracts.CheckValue(assembly, nameof(assembly));
        lock (_lock)
        {
            if (!_registered.Add(assembly))
                return;
            foreach (LoadableClassAttributeBase attribute in assembly.GetCustomAttributes<LoadableClassAttributeBase>())
                Register(attribute, throwOnError);
        }
    }

    internal void RegisterLoaderAssembly(string assemblyName)
    {
        if (string.IsNullOrEmpty(assemblyName))
            return;
        bool builtIn = BuiltIn.Contains(assemblyName.Split(',')[0].Trim());
        RegisterAssembly(builtIn ? typeof(ComponentCatalog).Assembly : Assembly.Load(assemblyName));
    }

    /// <summary>Makes the model that a Model.key says it holds; false when no loader of that name is registered.</summary>
    internal bool TryCreateInstance<TRes, TSig>(IHostEnvironment env, ModelLoadContext context, object[] extra, out TRes result) where TRes : class
    {
        Loader loader;
        lock (_lock)
            _loaders.TryGetValue(Key(context.Header.LoaderSignature, typeof(TSig)), out loader);
        result = loader is not null && typeof(TRes).IsAssignableFrom(loader.InstanceType) ? (TRes)loader.Create(env, context, extra) : null;
        return result is not null;
    }

    private void Register(LoadableClassAttributeBase attribute, bool throwOnError)
    {
        Loader loader = Loader.Find(attribute);
        if (loader is null && throwOnError)
            throw Contracts.Except($"Can't instantiate loadable class '{attribute.InstanceType}': it has neither a static method Create(IHostEnvironment, ModelLoadContext) nor such a constructor");
        if (loader is null)
            return;
        foreach (Type signature in attribute.SigTypes)
            foreach (string name in attribute.LoadNames.DefaultIfEmpty(attribute.UserName))
                _loaders.TryAdd(Key(name, signature), loader);
    }

    private static (string, Type) Key(string name, Type signature) => (name.ToLowerInvariant(), signature);

    /// <summary>A static Create method, or a constructor, that takes the environment and the context.</summary>
    private sealed record Loader(Type InstanceType, MethodBase Method)
    {
        private static readonly Type[] Parameters = [typeof(IHostEnvironment), typeof(ModelLoadContext)];
        private const BindingFlags Visible = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

        public static Loader Find(LoadableClassAttributeBase attribute)
        {
            MethodInfo create = attribute.LoaderType.GetMethod("Create", Visible | BindingFlags.Static, Parameters);
            if (create is not null && attribute.InstanceType.IsAssignableTo(create.ReturnType))
                return new Loader(attribute.InstanceType, create);
            if (create is not null && create.ReturnType.IsAssignableTo(attribute.InstanceType))
                return new Loader(attribute.InstanceType, create);
            ConstructorInfo constructor = attribute.InstanceType.GetConstructor(Visible | BindingFlags.Instance, Parameters);
            return constructor is null ? null : new Loader(attribute.InstanceType, constructor);
        }

        public object Create(IHostEnvironment env, ModelLoadContext context, object[] extra)
        {
            Contracts.Check(extra is null or [], "Loaders take no further arguments");
            object[] arguments = [env, context];
            try
            {
                const BindingFlags unwrapped = BindingFlags.DoNotWrapExceptions;
                return Method is ConstructorInfo constructor
                    ? constructor.Invoke(unwrapped, null, arguments, null)
                    : Method.Invoke(null, unwrapped, null, arguments, null);
            }
            catch (Exception e) when (Contracts.IsMarked(e))
            {
                throw Contracts.Mark(new InvalidOperationException("Error during class instantiation", e));
            }
        }
    }
}

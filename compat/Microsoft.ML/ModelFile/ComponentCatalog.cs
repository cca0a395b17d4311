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
            foreach (LoadableClassAttribute attribute in assembly.GetCustomAttributes<LoadableClassAttribute>())
                Register(attribute, throwOnError);
        }
    }

    internal void RegisterLoaderAssembly(string assemblyName)
    {
        if (string.IsNullOrEmpty(assemblyName))
            return;
        bool builtIn = BuiltIn.Contains(assemblyName.Split(',')[0].Trim());
        RegisterAssembly(builtIn ? typeof(ComponentCatalog).Assembly : LoadAssembly(assemblyName));
    }

    /// <summary>Makes the model that a Model.key says it holds; false when no loader of that name is registered.</summary>
    internal bool TryCreateInstance<TRes, TSig>(IHostEnvironment env, ModelLoadContext context, out TRes result) where TRes : class
    {
        Loader loader;
        lock (_lock)
            _loaders.TryGetValue(Key(context.Header.LoaderSignature, typeof(TSig)), out loader);
        result = loader is not null && typeof(TRes).IsAssignableFrom(loader.InstanceType) ? (TRes)loader.Create(env, context) : null;
        return result is not null;
    }

    private void Register(LoadableClassAttribute attribute, bool throwOnError)
    {
        Loader loader = Loader.Find(attribute);
        if (loader is null && throwOnError)
            throw Contracts.Except($"Can't instantiate loadable class '{attribute.InstanceType}': " +
                $"'{attribute.LoaderType}' has no static method Create(IHostEnvironment, ModelLoadContext) that gives one");
        if (loader is null)
            return;
        foreach (Type signature in attribute.SigTypes)
            foreach (string name in attribute.LoadNames.DefaultIfEmpty(attribute.UserName))
                _loaders.TryAdd(Key(name, signature), loader);
    }

    private static Assembly LoadAssembly(string name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (ArgumentException e)
        {
            throw Contracts.Mark(new FormatException("Corrupt model file: the name of the loader's assembly", e));
        }
    }

    private static (string, Type) Key(string name, Type signature) => (name.ToLowerInvariant(), signature);

    /// <summary>A static method that takes the environment and the context.</summary>
    private sealed record Loader(Type InstanceType, MethodInfo Method)
    {
        private static readonly Type[] Parameters = [typeof(IHostEnvironment), typeof(ModelLoadContext)];
        private const BindingFlags Visible = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

        public static Loader Find(LoadableClassAttribute attribute)
        {
            MethodInfo create = attribute.LoaderType.GetMethod("Create", Visible | BindingFlags.Static, Parameters);
            return create is not null && create.ReturnType.IsAssignableTo(attribute.InstanceType) ? new Loader(attribute.InstanceType, create) : null;
        }

        public object Create(IHostEnvironment env, ModelLoadContext context)
        {
            try
            {
                return Method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [env, context], null);
            }
            catch (Exception e) when (Contracts.IsMarked(e))
            {
                throw Failed(e);
            }
            catch (EndOfStreamException e) when (Method.DeclaringType?.Assembly == typeof(ComponentCatalog).Assembly)
            {
                throw Failed(new FormatException("Corrupt model file: it ends before the model does", e));
            }
        }

        private static InvalidOperationException Failed(Exception inner) =>
            Contracts.Mark(new InvalidOperationException("Error during class instantiation", inner));
    }
}

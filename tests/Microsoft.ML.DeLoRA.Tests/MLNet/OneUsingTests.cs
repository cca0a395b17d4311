namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>Whatever an option can be set to is found by <c>using Microsoft.ML.DeLoRA</c> alone.</summary>
public class OneUsingTests
{
    [Fact]
    public void Every_type_that_an_option_takes_is_in_the_one_namespace()
    {
        var seen = new HashSet<Type>();
        Type[] tasks = [typeof(DeLoRATextClassificationOptions), typeof(DeLoRATextRegressionOptions),
            typeof(DeLoRATextMultiLabelClassificationOptions)];
        foreach (Type options in tasks)
            Collect(options, seen);
        Assert.Contains(typeof(TrainingOptions), seen);
        Assert.Contains(typeof(BiasTraining), seen);
        Assert.All(seen, type => Assert.Equal("Microsoft.ML.DeLoRA", type.Namespace));
    }

    // The type, and those of its options, and what could be assigned to them.
    private static void Collect(Type type, HashSet<Type> seen)
    {
        foreach (Type part in type.IsGenericType ? type.GetGenericArguments() : [])
            Collect(part, seen);
        if (type.Assembly != typeof(TrainingOptions).Assembly || !seen.Add(type))
            return;
        foreach (System.Reflection.PropertyInfo property in type.GetProperties().Where(p => p.SetMethod is { IsPublic: true }))
            Collect(property.PropertyType, seen);
        foreach (Type derived in type.Assembly.GetExportedTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(type)))
            Collect(derived, seen);
    }
}

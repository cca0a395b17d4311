using System;
using System.IO;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Microsoft.ML.DeLoRA.Build;

/// <summary>The MSBuild task behind buildTransitive/Microsoft.ML.DeLoRA.targets: repairs the copies of TorchSharp's library in a program's output.</summary>
public sealed class RepairTorchSharp : Task
{
    /// <summary>The output folder; the library is looked for in it and in runtimes/*/native below.</summary>
    [Required]
    public string Folder { get; set; } = "";

    /// <inheritdoc/>
    public override bool Execute()
    {
        string runtimes = Path.Combine(Folder, "runtimes");
        Repair(Path.Combine(Folder, NativeRepair.FileName));
        if (Directory.Exists(runtimes))
        {
            foreach (string runtime in Directory.GetDirectories(runtimes))
                Repair(Path.Combine(runtime, "native", NativeRepair.FileName));
        }
        return !Log.HasLoggedErrors;
    }

    private void Repair(string path)
    {
        if (!File.Exists(path))
            return;
        try
        {
            switch (NativeRepair.Repair(path))
            {
                case RepairResult.Repaired:
                    Log.LogMessage(MessageImportance.Normal, $"{path} does not need {NativeRepair.Version} of libstdc++ any more.");
                    break;
                case RepairResult.Impossible:
                    Log.LogWarning($"{path} uses {NativeRepair.Version}: it loads only where libstdc++ is that of GCC 13 or newer.");
                    break;
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Log.LogWarning($"{path} could not be made to load with an older libstdc++: {e.Message}");
        }
    }
}

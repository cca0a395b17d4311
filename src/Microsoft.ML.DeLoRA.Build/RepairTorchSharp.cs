using System;
using System.Collections.Generic;
using System.IO;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Microsoft.ML.DeLoRA.Build;

/// <summary>
/// The MSBuild task behind buildTransitive/Microsoft.ML.DeLoRA.targets: gives a repaired copy of TorchSharp's library for the one in the
/// package cache, which is only read. What cannot be repaired is a warning, never a failed build.
/// </summary>
public sealed class RepairTorchSharp : Task
{
    /// <summary>The libraries of the packages.</summary>
    [Required]
    public ITaskItem[] Libraries { get; set; } = [];

    /// <summary>Where repaired copies go, one folder below for each runtime.</summary>
    [Required]
    public string Folder { get; set; } = "";

    /// <summary>The libraries that have a repaired copy.</summary>
    [Output]
    public ITaskItem[] Originals { get; private set; } = [];

    /// <summary>The copies in the same order, with the metadata of their originals.</summary>
    [Output]
    public ITaskItem[] Repaired { get; private set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        List<ITaskItem> originals = [], repaired = [];
        foreach (ITaskItem library in Libraries)
        {
            string copy = Path.Combine(Folder, Runtime(library.ItemSpec), NativeRepair.FileName);
            if (!Repair(library.ItemSpec, copy))
                continue;
            var item = new TaskItem(copy);
            library.CopyMetadataTo(item);
            originals.Add(library);
            repaired.Add(item);
        }
        (Originals, Repaired) = ([.. originals], [.. repaired]);
        return true;
    }

    private bool Repair(string library, string copy)
    {
        try
        {
            var (from, to) = (new FileInfo(library), new FileInfo(copy));
            // Later than the original, or a build after the switch is turned would take one for the other; and always as late, or each
            // build would copy.
            DateTime time = from.LastWriteTimeUtc.AddSeconds(2);
            if (to.Exists && to.Length == from.Length && to.LastWriteTimeUtc == time)
                return true;
            Directory.CreateDirectory(to.DirectoryName!);
            switch (NativeRepair.Repair(library, copy))
            {
                case RepairResult.Repaired:
                    File.SetLastWriteTimeUtc(copy, time);
                    Log.LogMessage(MessageImportance.Normal, $"{copy} does not need {NativeRepair.Version} of libstdc++ any more.");
                    return true;
                case RepairResult.Impossible:
                    Warn("DELORA001", $"{library} uses {NativeRepair.Version}: it loads only where libstdc++ is that of GCC 13 or newer.");
                    break;
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Warn("DELORA002", $"{library} could not be made to load with an older libstdc++: {e.Message}");
        }
        return false;
    }

    private void Warn(string code, string message) => Log.LogWarning(null, code, null, null, 0, 0, 0, 0, message);

    // .../runtimes/linux-x64/native/libLibTorchSharp.so
    private static string Runtime(string library)
        => Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(library)))) ?? "";
}

using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Microsoft.ML.DeLoRA.BaseModels.Teacher;

/// <summary>The resources of a .NET assembly, read without loading it or anything that it needs.</summary>
internal static class PackageResources
{
    /// <summary>The bytes of an embedded resource.</summary>
    /// <param name="assembly">The assembly's file.</param>
    /// <param name="name">The resource's name.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It has no such resource; the message names those that it has.</exception>
    public static byte[] Read(string assembly, string name)
    {
        if (!File.Exists(assembly))
            throw new FileNotFoundException(
                $"'{assembly}' does not exist. Building this project restores its package; or name it by --from.");
        using var reader = new PEReader(File.OpenRead(assembly));
        MetadataReader metadata = reader.GetMetadataReader();
        CorHeader header = reader.PEHeaders.CorHeader ?? throw new InvalidDataException($"'{assembly}' is no .NET assembly.");
        foreach (ManifestResourceHandle handle in metadata.ManifestResources)
        {
            ManifestResource resource = metadata.GetManifestResource(handle);
            if (!resource.Implementation.IsNil || metadata.GetString(resource.Name) != name)
                continue;
            BlobReader blob = reader.GetSectionData(header.ResourcesDirectory.RelativeVirtualAddress).GetReader();
            blob.Offset = (int)resource.Offset;
            return blob.ReadBytes(blob.ReadInt32());
        }
        IEnumerable<string> names = metadata.ManifestResources.Select(h => metadata.GetString(metadata.GetManifestResource(h).Name));
        throw new InvalidDataException($"'{assembly}' has no resource '{name}'; it has {string.Join(", ", names)}.");
    }
}

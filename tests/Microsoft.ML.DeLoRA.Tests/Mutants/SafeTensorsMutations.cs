using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.DeLoRA.Tests.Mutants;

/// <summary>Changes of a safetensors file: of its header's JSON, of its data, or of any byte.</summary>
internal static class SafeTensorsMutations
{
    public static byte[] Mutate(byte[] file, Random random, Action<string> changed)
    {
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        byte[] data = file[(8 + length)..];
        switch (random.Next(4))
        {
            case 0:
                return ByteMutations.Mutate(file, random, changed);
            case 1:
                byte[] changedData = ByteMutations.Mutate(data, random, change => changed("data: " + change));
                return [.. file[..(8 + length)], .. changedData.Concat(data).Take(data.Length)];
            default:
                byte[] header = Encoding.UTF8.GetBytes(JsonTree.Mutate(Encoding.UTF8.GetString(file, 8, length), random, changed));
                var prefix = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
                return [.. prefix, .. header, .. data];
        }
    }
}

using System.Text;

namespace Microsoft.ML.DeLoRA.Tests.Native;

/// <summary>A shared object of a few hundred bytes that is nothing but the versions it asks for and the symbols of each.</summary>
internal sealed class SmallElf
{
    private readonly MemoryStream _file = new();
    private readonly StringBuilder _names = new("\0");

    private SmallElf()
    {
    }

    /// <summary>The bytes of a file that asks libstdc++.so.6 for some versions.</summary>
    /// <param name="needs">Each version, and the symbols that are bound to it.</param>
    public static byte[] Of(params (string Version, string[] Symbols)[] needs) => new SmallElf().Build(needs);

    private byte[] Build((string Version, string[] Symbols)[] needs)
    {
        string[] symbols = [.. needs.SelectMany(n => n.Symbols)];
        var versions = new List<ushort> { 0 };
        for (ushort i = 0; i < needs.Length; i++)
            versions.AddRange(Enumerable.Repeat((ushort)(i + 2), needs[i].Symbols.Length));

        Write(new byte[64]);
        long symbolTable = At();
        Write(new byte[24]);
        foreach (string symbol in symbols)
        {
            Write(BitConverter.GetBytes(Name(symbol)));
            Write(new byte[20]);
        }
        long versionTable = At();
        versions.ForEach(v => Write(BitConverter.GetBytes(v)));
        long needTable = At();
        Write(BitConverter.GetBytes((ushort)1));
        Write(BitConverter.GetBytes((ushort)needs.Length));
        Write(BitConverter.GetBytes(Name("libstdc++.so.6")));
        Write(BitConverter.GetBytes(16));
        Write(BitConverter.GetBytes(0));
        for (int i = 0; i < needs.Length; i++)
        {
            Write(BitConverter.GetBytes(0x12345678));
            Write(BitConverter.GetBytes((ushort)0));
            Write(BitConverter.GetBytes((ushort)(i + 2)));
            Write(BitConverter.GetBytes(Name(needs[i].Version)));
            Write(BitConverter.GetBytes(i == needs.Length - 1 ? 0 : 16));
        }
        long strings = At();
        byte[] names = Encoding.ASCII.GetBytes(_names.ToString());
        Write(names);

        long sections = At();
        Section(0, 0, 0, 0, 0);
        Section(3, strings, names.Length, 0, 0);
        Section(11, symbolTable, versionTable - symbolTable, 1, 1);
        Section(0x6fffffff, versionTable, 2 * versions.Count, 2, 0);
        Section(0x6ffffffe, needTable, strings - needTable, 1, 1);

        byte[] file = _file.ToArray();
        byte[] start = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        start.CopyTo(file, 0);
        BitConverter.GetBytes((ushort)62).CopyTo(file, 18);
        BitConverter.GetBytes(sections).CopyTo(file, 0x28);
        BitConverter.GetBytes((ushort)64).CopyTo(file, 0x3a);
        BitConverter.GetBytes((ushort)5).CopyTo(file, 0x3c);
        return file;
    }

    private long At() => _file.Position;

    private void Write(byte[] bytes) => _file.Write(bytes);

    private int Name(string text)
    {
        int at = _names.Length;
        _names.Append(text).Append('\0');
        return at;
    }

    private void Section(uint type, long offset, long size, int link, int info)
    {
        Write(new byte[4]);
        Write(BitConverter.GetBytes(type));
        Write(new byte[16]);
        Write(BitConverter.GetBytes(offset));
        Write(BitConverter.GetBytes(size));
        Write(BitConverter.GetBytes(link));
        Write(BitConverter.GetBytes(info));
        Write(new byte[16]);
    }
}

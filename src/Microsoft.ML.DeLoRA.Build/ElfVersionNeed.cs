using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Microsoft.ML.DeLoRA.Build;

/// <summary>
/// A version that an ELF shared object asks of another one (<c>libstdc++.so.6: GLIBCXX_3.4.32</c>), and the way to ask for it weakly:
/// the loader then goes on without it, as long as no symbol of that version is bound.
/// </summary>
/// <remarks>
/// TorchSharp 0.107's libLibTorchSharp.so asks for GLIBCXX_3.4.32 (GCC 13) for the sake of one symbol that no relocation uses. Debian 12,
/// Ubuntu 22.04 and RHEL 9 have 3.4.30. 64-bit little-endian files only (x86-64, arm64).
/// </remarks>
internal sealed class ElfVersionNeed
{
    private const uint NeedSection = 0x6ffffffe, VersionSection = 0x6fffffff, DynamicSymbols = 11;
    private const byte WeakFlag = 2;

    private ElfVersionNeed(string library, string version, int flagsOffset, ushort flags, string[] symbols)
        => (Library, Version, _flagsOffset, _flags, Symbols) = (library, version, flagsOffset, flags, symbols);

    private readonly int _flagsOffset;
    private readonly ushort _flags;

    /// <summary>The file that shall have the version, such as libstdc++.so.6.</summary>
    public string Library { get; }

    /// <summary>The version's name, such as GLIBCXX_3.4.32.</summary>
    public string Version { get; }

    /// <summary>Whether the loader goes on without it.</summary>
    public bool IsWeak => (_flags & WeakFlag) != 0;

    /// <summary>The symbols of this version that the file names.</summary>
    public IReadOnlyList<string> Symbols { get; }

    /// <summary>The same file with this need marked as weak.</summary>
    public byte[] Weakened(byte[] file)
    {
        byte[] copy = (byte[])file.Clone();
        copy[_flagsOffset] |= WeakFlag;
        return copy;
    }

    /// <summary>All versions that a file asks for.</summary>
    /// <exception cref="InvalidDataException">It is no 64-bit little-endian ELF file, or a damaged one.</exception>
    public static IReadOnlyList<ElfVersionNeed> Read(byte[] file)
    {
        if (file.Length < 64 || file[0] != 0x7f || file[1] != 'E' || file[2] != 'L' || file[3] != 'F' || file[4] != 2 || file[5] != 1)
            throw new InvalidDataException("It is no 64-bit little-endian ELF file.");
        try
        {
            return Read(new Sections(file));
        }
        catch (Exception e) when (e is IndexOutOfRangeException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException("The ELF file is damaged: an offset in it lies outside of it.", e);
        }
    }

    private static List<ElfVersionNeed> Read(Sections elf)
    {
        var needs = new List<ElfVersionNeed>();
        if (elf.Find(NeedSection) is not { } section)
            return needs;
        ILookup<int, string> symbols = elf.SymbolsByVersion();
        int strings = elf.Offset(elf.Link(section)), at = elf.Offset(section);
        for (int left = elf.Info(section); left > 0; left--)
        {
            string library = elf.Text(strings + elf.Int(at + 4));
            int count = elf.Short(at + 2), need = checked(at + elf.Int(at + 8));
            for (; count > 0; count--)
            {
                ushort flags = elf.Short(need + 4);
                needs.Add(new(library, elf.Text(strings + elf.Int(need + 8)), need + 4, flags, [.. symbols[elf.Short(need + 6)]]));
                need = checked(need + elf.Int(need + 12));
            }
            at = checked(at + elf.Int(at + 12));
        }
        return needs;
    }

    // The section headers of a file; every read is checked by the array it reads from.
    private sealed class Sections(byte[] file)
    {
        private readonly int _table = checked((int)BitConverter.ToInt64(file, 0x28));
        private readonly int _size = BitConverter.ToUInt16(file, 0x3a);
        private readonly int _count = BitConverter.ToUInt16(file, 0x3c);

        public ushort Short(int at) => BitConverter.ToUInt16(file, at);

        public int Int(int at) => BitConverter.ToInt32(file, at);

        public int? Find(uint type)
        {
            for (int section = 0; section < _count; section++)
            {
                if (BitConverter.ToUInt32(file, Header(section) + 4) == type)
                    return section;
            }
            return null;
        }

        public int Offset(int section) => checked((int)BitConverter.ToInt64(file, Header(section) + 0x18));

        public int Link(int section) => Int(Header(section) + 0x28);

        public int Info(int section) => Int(Header(section) + 0x2c);

        public string Text(int at)
        {
            int end = Array.IndexOf(file, (byte)0, at);
            return end < 0 ? throw new InvalidDataException("The ELF file is damaged: a name in it has no end.") : Encoding.ASCII.GetString(file, at, end - at);
        }

        public ILookup<int, string> SymbolsByVersion()
        {
            var symbols = new List<(int Version, string Name)>();
            if (Find(VersionSection) is { } versions && Find(DynamicSymbols) is { } table)
            {
                int names = Offset(Link(table)), count = checked((int)BitConverter.ToInt64(file, Header(versions) + 0x20)) / 2;
                for (int i = 1; i < count; i++)
                    symbols.Add((Short(Offset(versions) + 2 * i) & 0x7fff, Text(names + Int(checked(Offset(table) + 24 * i)))));
            }
            return symbols.ToLookup(s => s.Version, s => s.Name);
        }

        private int Header(int section) => checked(_table + section * _size);
    }
}

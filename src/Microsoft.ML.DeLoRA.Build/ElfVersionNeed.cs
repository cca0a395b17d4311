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
/// Ubuntu 22.04 and RHEL 9 have 3.4.30. 64-bit little-endian files only (x86-64, arm64). A damaged file is an
/// <see cref="InvalidDataException"/>, never an endless loop.
/// </remarks>
internal sealed class ElfVersionNeed
{
    private const uint NeedSection = 0x6ffffffe, VersionSection = 0x6fffffff, DynamicSymbols = 11;
    private const byte WeakFlag = 2;
    private const int EntrySize = 16, MostNeeds = 10_000;

    private readonly Sections _elf;
    private readonly int _flagsOffset;
    private readonly ushort _flags, _index;

    private ElfVersionNeed(Sections elf, string library, string version, int flagsOffset, ushort flags, ushort index)
        => (_elf, Library, Version, _flagsOffset, _flags, _index) = (elf, library, version, flagsOffset, flags, index);

    /// <summary>The file that shall have the version, such as libstdc++.so.6.</summary>
    public string Library { get; }

    /// <summary>The version's name, such as GLIBCXX_3.4.32.</summary>
    public string Version { get; }

    /// <summary>Whether the loader goes on without it.</summary>
    public bool IsWeak => (_flags & WeakFlag) != 0;

    /// <summary>The symbols of this version that the file names.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public IReadOnlyList<string> Symbols() => Checked(() => _elf.Symbols(_index));

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
        return Checked(() => Read(new Sections(file)));
    }

    private static List<ElfVersionNeed> Read(Sections elf)
    {
        var needs = new List<ElfVersionNeed>();
        if (elf.Find(NeedSection) is not { } section)
            return needs;
        int strings = elf.Offset(elf.Link(section)), at = elf.Offset(section);
        for (int left = elf.Info(section); left > 0; left--)
        {
            string library = elf.Text(checked(strings + elf.Int(at + 4)));
            int need = checked(at + elf.Int(at + 8));
            for (int count = elf.Short(at + 2); count > 0; count--)
            {
                if (needs.Count == MostNeeds)
                    throw new InvalidDataException($"The ELF file is damaged: it asks for more than {MostNeeds} versions.");
                string version = elf.Text(checked(strings + elf.Int(need + 8)));
                needs.Add(new(elf, library, version, need + 4, elf.Short(need + 4), elf.Short(need + 6)));
                if (count > 1)
                    need = Next(need, elf.Int(need + 12));
            }
            if (left > 1)
                at = Next(at, elf.Int(at + 12));
        }
        return needs;
    }

    // The entries of a section follow each other; one that leads back would never end.
    private static int Next(int at, int distance) => distance >= EntrySize
        ? checked(at + distance)
        : throw new InvalidDataException("The ELF file is damaged: its list of versions does not go on where it should.");

    private static T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IndexOutOfRangeException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException("The ELF file is damaged: an offset in it lies outside of it.", e);
        }
    }

    // The section headers of a file; every read is checked by the array it reads from.
    private sealed class Sections(byte[] file)
    {
        private const int LongestName = 4096;

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
            int end = Array.IndexOf(file, (byte)0, at, Math.Min(LongestName, file.Length - at));
            return end < 0
                ? throw new InvalidDataException("The ELF file is damaged: a name in it has no end.")
                : Encoding.ASCII.GetString(file, at, end - at);
        }

        public IReadOnlyList<string> Symbols(ushort version)
        {
            if (Find(VersionSection) is not { } versions || Find(DynamicSymbols) is not { } table)
                return [];
            int first = Offset(versions), symbols = Offset(table), names = Offset(Link(table));
            int count = checked((int)BitConverter.ToInt64(file, Header(versions) + 0x20)) / 2;
            return [.. Enumerable.Range(0, Math.Max(count, 0)).Where(i => (Short(checked(first + 2 * i)) & 0x7fff) == version)
                .Select(i => Text(checked(names + Int(checked(symbols + 24 * i)))))];
        }

        private int Header(int section) => checked(_table + section * _size);
    }
}

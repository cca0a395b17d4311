using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.DeLoRA.Tests.Weights;

/// <summary>Files that must be refused: what is wrong, the bytes, and a part of the message.</summary>
internal static class HostileSafeTensors
{
    public static IEnumerable<(string Fault, byte[] Content, string Message)> All()
    {
        yield return ("empty file", [], "fewer than the 8");
        yield return ("shorter than the header's length", [1, 2, 3], "fewer than the 8");
        yield return ("header of 2^63 bytes", WithLength(1UL << 63, "{}"), "at most 100,000,000");
        yield return ("header of 2^64-1 bytes", WithLength(ulong.MaxValue, "{}"), "at most 100,000,000");
        yield return ("header over the limit", WithLength(100_000_001, "{}"), "at most 100,000,000");
        yield return ("header longer than the file", WithLength(1000, "{}"), "only 2 follow");
        yield return ("header of no bytes", WithLength(0, ""), "header is not");
        yield return ("not JSON", File("hello, I am a pickle", 0), "header is not");
        yield return ("JSON cut off", File("{\"a\":{\"dtype\":\"F32\"", 0), "header is not");
        yield return ("two JSON objects", File("{} {}", 0), "header is not");
        yield return ("an array", File("[]", 0), "StartArray");
        yield return ("not UTF-8", [.. WithLength(10, ""), .. "{\""u8, 0xC3, 0x28, .. "\":[1]}"u8], "header is not");
        yield return ("half a surrogate pair in a name", File(Tensor("\\ud800", "F32", "1", "0,4"), 4), "header is not");
        yield return ("nested too deep", File("{\"a\":" + new string('[', 5000) + new string(']', 5000) + "}", 0), "expected");
        yield return ("nested too deep under an unknown key",
            File("{\"a\":{\"x\":" + new string('[', 5000) + new string(']', 5000) + "}}", 0), "header is not");
        yield return ("duplicate tensor", File("{\"a\":" + Body("F32", "1", "0,4") + ",\"a\":" + Body("F32", "1", "4,8") + "}", 8),
            "'a' twice");
        yield return ("duplicate tensor by escape",
            File("{\"a\":" + Body("F32", "1", "0,4") + ",\"\\u0061\":" + Body("F32", "1", "4,8") + "}", 8), "'a' twice");
        yield return ("duplicate property", File("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[2],\"data_offsets\":[0,8]}}", 8),
            "'shape' twice");
        yield return ("more names than any model has", File("{" + Many(number => $"\"{number}\":" + Body("F32", "0", "0,0")) + "}", 0),
            "more than 100,000 names");
        yield return ("more metadata", File("{\"__metadata__\":{" + Many(number => $"\"{number}\":\"\"") + "}}", 0),
            "more than 100,000 names");
        yield return ("more properties", File("{\"a\":{" + Many(number => $"\"{number}\":0") + "}}", 0), "more than 100,000 names");
        yield return ("metadata twice", File("{\"__metadata__\":{},\"__metadata__\":{}}", 0), "twice");
        yield return ("metadata that is no text", File("{\"__metadata__\":{\"format\":1}}", 0), "Number");
        yield return ("tensor without shape", File("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4), "needs dtype, shape");
        yield return ("one offset", File(Tensor("a", "F32", "1", "0"), 4), "two data_offsets");
        yield return ("unknown type", File(Tensor("a", "F13", "1", "0,4"), 4), "'F13'");
        yield return ("negative dimension", File(Tensor("a", "F32", "-1", "0,4"), 4), "whole numbers");
        yield return ("fractional dimension", File(Tensor("a", "F32", "1.5", "0,4"), 4), "whole numbers");
        yield return ("dimension over 2^63", File(Tensor("a", "F32", "9223372036854775808", "0,4"), 4), "whole numbers");
        yield return ("shape that overflows to the right size", File(Tensor("a", "F32", "4611686018427387905,4", "0,16"), 16),
            "impossible shape");
        yield return ("shape that overflows to zero", File(Tensor("a", "F32", "4294967296,4294967296", "0,0"), 0), "impossible shape");
        yield return ("overflow hidden by a zero", File(Tensor("a", "F32", "0,4294967296,4294967296", "0,0"), 0), "impossible shape");
        yield return ("more than 64 dimensions", File(Tensor("a", "F32", string.Join(',', Enumerable.Repeat(1, 65)), "0,4"), 4),
            "more than 64");
        yield return ("wrong size", File(Tensor("a", "F32", "2", "0,4"), 4), "needs 8 bytes, but has 4");
        yield return ("end before begin", File(Tensor("a", "F32", "1", "8,4"), 8), "ends before it begins");
        yield return ("offset out of range", File(Tensor("a", "F32", "2", "0,8"), 4), "only 4 bytes of data");
        yield return ("offset near 2^63", File(Tensor("a", "F32", "1", "9223372036854775803,9223372036854775807"), 4),
            "only 4 bytes of data");
        yield return ("overlap", File(Two("0,8", "4,12"), 12), "overlaps");
        yield return ("the same place twice", File(Two("0,8", "0,8"), 8), "overlaps");
        yield return ("gap", File(Two("0,8", "12,20"), 20), "gap");
        yield return ("gap at the start", File(Tensor("a", "F32", "1", "4,8"), 8), "gap");
        yield return ("data that belongs to no tensor", File(Tensor("a", "F32", "1", "0,4"), 8), "8 bytes of data");
        yield return ("data without tensors", File("{}", 4), "4 bytes of data");
    }

    /// <summary>A file with this header text and as many zero bytes of data.</summary>
    public static byte[] File(string header, int dataLength) =>
        [.. WithLength((ulong)Encoding.UTF8.GetByteCount(header), header), .. new byte[dataLength]];

    public static string Tensor(string name, string type, string shape, string offsets) => $"{{\"{name}\":{Body(type, shape, offsets)}}}";

    private static string Many(Func<int, string> entry) => string.Join(',', Enumerable.Range(0, 100_001).Select(entry));

    private static string Two(string first, string second) => $"{{\"a\":{Body("F32", "2", first)},\"b\":{Body("F32", "2", second)}}}";

    private static string Body(string type, string shape, string offsets)
        => $"{{\"dtype\":\"{type}\",\"shape\":[{shape}],\"data_offsets\":[{offsets}]}}";

    private static byte[] WithLength(ulong length, string header)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, length);
        return [.. prefix, .. Encoding.UTF8.GetBytes(header)];
    }
}

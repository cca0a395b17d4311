using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

/// <summary>Small files in GLUE's layouts.</summary>
internal static class GlueFiles
{
    public const string MnliHeader = "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2\tlabel1\tgold_label";
    public const string StsBHeader = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore";

    public static GlueData Read(string task, string content, string extension = ".tsv")
    {
        using var folder = new TemporaryDirectory();
        string path = folder["data" + extension];
        File.WriteAllText(path, content);
        return GlueData.Read(GlueTasks.Find(task), path);
    }

    /// <summary>RTE's folder: what is to learn is whether the first text is of early or late letters.</summary>
    public static void WriteRte(string folder, int trainRows, int validationRows)
    {
        Directory.CreateDirectory(Path.Combine(folder, "RTE"));
        File.WriteAllLines(Path.Combine(folder, "RTE", "train.tsv"),
            ["index\tsentence1\tsentence2\tlabel", .. Rows(trainRows, 1, "entailment", "not_entailment")]);
        File.WriteAllLines(Path.Combine(folder, "RTE", "dev.tsv"),
            ["index\tsentence1\tsentence2\tlabel", .. Rows(validationRows, 2, "entailment", "not_entailment")]);
    }

    /// <summary>The same as STS-B, with scores.</summary>
    public static void WriteStsB(string folder, int trainRows, int validationRows)
    {
        Directory.CreateDirectory(Path.Combine(folder, "stsb"));
        File.WriteAllLines(Path.Combine(folder, "stsb", "train.jsonl"), Json(trainRows, 3));
        File.WriteAllLines(Path.Combine(folder, "stsb", "validation.jsonl"), Json(validationRows, 4));
    }

    /// <summary>MNLI's folder with both validation sets.</summary>
    public static void WriteMnli(string folder, int rows)
    {
        Directory.CreateDirectory(Path.Combine(folder, "MNLI"));
        foreach ((string name, int seed) in new[] { ("train", 5), ("dev_matched", 6), ("dev_mismatched", 7) })
            File.WriteAllLines(Path.Combine(folder, "MNLI", name + ".tsv"),
                ["index\tsentence1\tsentence2\tgold_label", .. Rows(rows, seed, "neutral", "contradiction")]);
    }

    private static IEnumerable<string> Json(int count, int seed) => Rows(count, seed, "4.5", "1.25").Select(r => r.Split('\t'))
        .Select(f => $$"""{"sentence1": "{{f[1]}}", "sentence2": "{{f[2]}}", "label": {{f[3]}}, "idx": {{f[0]}}}""");

    private static IEnumerable<string> Rows(int count, int seed, string early, string late)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            bool isEarly = random.Next(2) == 0;
            yield return $"{i}\t{new string(random.GetItems<char>(isEarly ? "abcde" : "vwxyz", random.Next(4, 10)))}\tmno\t{(isEarly ? early : late)}";
        }
    }
}

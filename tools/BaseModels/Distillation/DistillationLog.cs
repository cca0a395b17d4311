using System.Globalization;
using System.Text;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>The log: a line per interval, in a file and on the console.</summary>
internal sealed class DistillationLog
{
    private readonly string _path;
    private double[] _sums = new double[3];
    private int _count;
    private (long Tokens, TimeSpan Elapsed)? _last;

    /// <param name="path">The file.</param>
    /// <param name="step">The step to go on from; later lines of a run that was cut off are dropped.</param>
    public DistillationLog(string path, int step)
    {
        _path = path;
        string[] kept = step > 0 && File.Exists(path)
            ? [.. File.ReadLines(path).Where((line, i) => i == 0 || (int.TryParse(line.Split('\t')[0], out int s) && s <= step))]
            : ["step\ttokens\tseconds\twords\ttexts\tfirst_tokens\tlearning_rate"];
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(kept.Select(line => line + "\n")))));
    }

    /// <summary>Counts a step's losses; writes their means when the interval is full.</summary>
    public void Add(int step, DistillationProgress progress, double[] losses, double rate, int interval)
    {
        _sums = [.. _sums.Zip(losses, (sum, loss) => sum + loss)];
        _count++;
        _last ??= (progress.Tokens, progress.Elapsed);
        if (step % interval != 0)
            return;
        double[] means = [.. _sums.Select(sum => sum / _count)];
        File.AppendAllText(_path, string.Create(CultureInfo.InvariantCulture,
            $"{step}\t{progress.Tokens}\t{progress.Elapsed.TotalSeconds:F0}\t{means[0]:F4}\t{means[1]:F4}\t{means[2]:F4}\t{rate:G4}\n"));
        double speed = (progress.Tokens - _last.Value.Tokens) / Math.Max(1e-3, (progress.Elapsed - _last.Value.Elapsed).TotalSeconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"step {step}  {progress.Tokens / 1e6:F2} M tokens  words {means[0]:F4}  texts {means[1]:F4}  first tokens {means[2]:F4}  "
            + $"rate {rate:G3}  {speed:F0} tokens/s  {progress.Elapsed:hh\\:mm\\:ss}"));
        (_sums, _count, _last) = (new double[3], 0, (progress.Tokens, progress.Elapsed));
    }
}

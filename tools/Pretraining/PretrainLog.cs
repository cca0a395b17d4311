using System.Globalization;
using System.Text;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>
/// The training log: one line per interval in <c>training-log.tsv</c> (step, tokens, seconds, loss, learning rate) and on the console.
/// </summary>
internal sealed class PretrainLog(string path)
{
    /// <summary>Drops the lines after a step, so that a resumed run writes them once.</summary>
    public void StartAt(int step)
    {
        if (!File.Exists(path) || step == 0)
        {
            File.WriteAllText(path, "step\ttokens\tseconds\tloss\tneighbour_loss\tlearning_rate\n");
            return;
        }
        string[] kept = [.. File.ReadLines(path).Where((line, i) => i == 0 || (int.TryParse(line.Split('\t')[0], out int s) && s <= step))];
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(kept.Select(line => line + "\n")))));
    }

    public void Write(
        int step, int steps, long tokens, TimeSpan elapsed, double loss, double neighbourLoss, double learningRate, double tokensPerSecond)
    {
        File.AppendAllText(path, string.Create(CultureInfo.InvariantCulture,
            $"{step}\t{tokens}\t{elapsed.TotalSeconds:F0}\t{loss:F4}\t{neighbourLoss:F4}\t{learningRate:G4}\n"));
        TimeSpan left = TimeSpan.FromSeconds((steps - step) * elapsed.TotalSeconds / Math.Max(1, step));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"step {step}/{steps}  {tokens / 1e6:F1} M tokens  loss {loss:F3}  neighbour {neighbourLoss:F3}  rate {learningRate:G3}  "
            + $"{tokensPerSecond:F0} tokens/s  {left:hh\\:mm\\:ss} left"));
    }
}

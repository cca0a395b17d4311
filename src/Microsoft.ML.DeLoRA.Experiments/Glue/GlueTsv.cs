namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>
/// The official layout: fields between tabs, no quoting at all (a quotation mark is part of the text), columns named in the first line.
/// </summary>
internal static class GlueTsv
{
    /// <exception cref="InvalidDataException">The file is malformed.</exception>
    public static GlueData Read(GlueTask task, string path)
    {
        using IEnumerator<(int Number, string Text)> lines = TextLines.Read(path).GetEnumerator();
        IReadOnlyList<string> header = task.TsvHeader ?? (lines.MoveNext() ? lines.Current.Text.Split('\t') : []);
        int first = Column(task.TsvColumns.First);
        int second = task.TsvColumns.Second is { } name ? Column(name) : -1;
        int label = Column(task.TsvColumns.Label);
        var rows = new List<GlueRow>();
        var broken = new List<int>();
        while (lines.MoveNext())
        {
            string[] fields = lines.Current.Text.Split('\t');
            if (fields.Length == header.Count)
                rows.Add(new GlueRow(fields[first], second < 0 ? null : fields[second], Label(fields[label])));
            else if (task.HasBrokenLines)
                broken.Add(lines.Current.Number);
            else
                throw Malformed($"{fields.Length} fields instead of {header.Count} ({string.Join(", ", header)})");
        }
        return new GlueData(task, rows, broken);

        int Column(string name)
        {
            for (int i = 0; i < header.Count; i++)
            {
                if (header[i] == name)
                    return i;
            }
            throw new InvalidDataException($"{path}, line 1: there is no column '{name}', which {task.Name} needs; "
                + (header.Count == 0 ? "the file is empty." : $"there are: {string.Join(", ", header.Take(20))}."));
        }

        float Label(string text)
        {
            try
            {
                return task.ParseLabel(text);
            }
            catch (FormatException e)
            {
                throw Malformed(e.Message);
            }
        }

        InvalidDataException Malformed(string what) => new($"{path}, line {lines.Current.Number}: {what}.");
    }
}

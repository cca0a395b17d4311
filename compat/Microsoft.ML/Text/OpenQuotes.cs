namespace Microsoft.ML.Data;

/// <summary>Follows lines to tell whether the text so far ends inside a quoted field.</summary>
internal sealed class OpenQuotes(TextLoader.Options options)
{
    private bool _atFieldStart = true;

    public bool IsOpen { get; private set; }

    public void Add(string line)
    {
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (IsOpen)
            {
                if (i + 1 < line.Length && c == options.EscapeChar && line[i + 1] == '"')
                    i++;
                else if (c == '"')
                    IsOpen = false;
            }
            else if (options.Separators.Contains(c))
                _atFieldStart = true;
            else if (c == '"' && _atFieldStart)
            {
                IsOpen = true;
                _atFieldStart = false;
            }
            else if (c != ' ')
                _atFieldStart = false;
        }
    }
}

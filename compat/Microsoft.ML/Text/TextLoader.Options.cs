namespace Microsoft.ML.Data;

public sealed partial class TextLoader
{
    public class Options
    {
        public bool AllowQuoting;

        public bool AllowSparse;

        public char[] Separators = ['\t'];

        public char DecimalMarker = '.';

        public char EscapeChar = '"';

        public Column[] Columns;

        public bool TrimWhitespace;

        public bool HasHeader;

        public bool UseThreads = true;

        public bool ReadMultilines;

        public long? MaxRows;

        public bool MissingRealsAsNaNs;

        internal Options With(Column[] columns)
        {
            var copy = (Options)MemberwiseClone();
            copy.Columns = columns;
            return copy;
        }

        internal void Check()
        {
            Contracts.CheckParam(Separators is { Length: > 0 }, nameof(Separators), "Must specify at least one separator character");
            if (AllowSparse)
                throw new NotSupportedException("This stand-in for Microsoft.ML does not read sparse text; use the real package.");
            Contracts.CheckParam(DecimalMarker is '.' or ',', nameof(DecimalMarker),
                $"Decimal marker cannot be the '{DecimalMarker}' character. It must be '.' or ','.");
            Contracts.CheckParam(AllowQuoting || !Separators.Contains(DecimalMarker), nameof(AllowQuoting),
                $"Quoting must be allowed if decimal marker and separator are the '{DecimalMarker}' character.");
            Contracts.CheckParam(!Separators.Contains(EscapeChar), nameof(EscapeChar),
                $"EscapeChar '{EscapeChar}' can't be used both as EscapeChar and separator");
        }
    }
}

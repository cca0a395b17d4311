namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>Something the user asked for cannot be done; the message says what and what to do, and is all that is shown.</summary>
internal sealed class UsageException(string message) : Exception(message);

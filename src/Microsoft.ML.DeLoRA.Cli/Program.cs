using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Commands;

var root = new RootCommand("Fine-tunes RoBERTa text classifiers with DeLoRA.")
{
    PretrainCommand.Create(),
};
return await root.Parse(args).InvokeAsync();

using Microsoft.ML.DeLoRA.Cli.Shell;

return await Tool.RunAsync(args);

using Microsoft.ML.DeLoRA.Cli.Shell;
using Microsoft.ML.DeLoRA.Pretraining;

return await Tool.RunAsync(Tool.Prepared(PretrainCommand.Create()), PretrainCommand.Name, args);

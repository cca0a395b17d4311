using Microsoft.ML.DeLoRA.BaseModels;
using Microsoft.ML.DeLoRA.Cli.Shell;

return await Tool.RunAsync(Tool.Prepared(Commands.CreateRoot()), "BaseModels", args);

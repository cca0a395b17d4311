using Microsoft.ML.DeLoRA.Cli.Shell;

// What a thread of its own throws never comes back to the command.
AppDomain.CurrentDomain.UnhandledException += (_, e)
    => Environment.Exit(Failure.Report((Exception)e.ExceptionObject, args.Contains(Failure.VerboseName)));
StandardOutput.EndWithItsReader();
return await Tool.RunAsync(args);

using Benchmarks;

// One verb for each table of README.md: the same name as its result file.
return args switch
{
    ["packing", string file] => PackingBenchmark.Run(file),
    ["accuracy", string folder, .. string[] tasks] => AccuracyBenchmark.Run(folder, tasks),
    ["methods", string folder, .. string[] tasks] => MethodsBenchmark.Run(folder, tasks),
    ["methods-run", string folder, string task, string method, string seed]
        => MethodsBenchmark.RunOne(folder, task, method, int.Parse(seed)),
    ["throughput", string work, string result, string device] => ThroughputBenchmark.Run(work, result, device),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        benchmarks packing FILE            CoLA's train.tsv: training on packed tokens against padded batches
        benchmarks accuracy FOLDER [TASK]  the folder with glue/ and text/: DeLoRA against the head alone, through the ML.NET pipeline
        benchmarks methods FOLDER [TASK]   every adapter method, three seeds, on SST-2, CoLA, STS-B and MRPC
        benchmarks throughput WORK RESULT DEVICE   training and prediction; started by gpu/throughput.py, which measures Python beside it
        """);
    return 2;
}

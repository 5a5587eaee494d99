using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// In this process: the projects are built as the product builds them, and nothing is generated and built beside them.
//   dotnet run -c Release --project benchmarks/Micro -- --filter '*'
//   dotnet run -c Release --project benchmarks/Micro -- --filter '*Replay*' --job short
var config = DefaultConfig.Instance
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
    .WithOptions(ConfigOptions.DisableOptimizationsValidator);
BenchmarkSwitcher.FromAssembly(typeof(CustomerService.Micro.ConversationBenchmarks).Assembly).Run(args, config);

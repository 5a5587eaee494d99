using System.Collections.Concurrent;
using CustomerService.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CustomerService.Front.Tests;

public sealed class StartupFailureTests
{
    [Fact]
    public async Task A_start_refused_does_not_report_the_services_already_running_as_failed()
    {
        var log = new Lines();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(log);
        builder.Services.AddHostedService<Running>();
        builder.Services.AddHostedService<Refusing>();
        var host = builder.Build();
        var running = host.Services.GetServices<IHostedService>().OfType<Running>().Single();
        var refusal = await Assert.ThrowsAsync<StartupException>(() => StartupFailure.Start(host));
        Assert.Equal("No.", refusal.Message);
        Assert.True(running.ExecuteTask!.IsCanceled);
        // The host itself reports the refusal once, for it is logged by whoever lets it through.
        Assert.DoesNotContain(log.Written, l => l.Contains(nameof(BackgroundService), StringComparison.Ordinal));
    }

    private sealed class Running : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
            new TaskCompletionSource().Task.WaitAsync(stoppingToken);
    }

    private sealed class Refusing : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => throw new StartupException("No.");

        public Task StopAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("Never started.");
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Written { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            Written.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}

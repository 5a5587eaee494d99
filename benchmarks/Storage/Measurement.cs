using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using CustomerService.Storage.Journal;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CustomerService.Storage.Benchmark;

/// <summary>One message of 120 characters an append, with author, client id and visitor sequence, as a conversation's
/// hot path stores it.</summary>
internal static class Measurement
{
    private const int Streams = 1_000;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(5);

    private static readonly byte[] Data = Encoding.UTF8.GetBytes(
        $$"""{"messageId":"0123456789abcdef","text":"{{new string('您', 30)}}{{new string('x', 90)}}"}""");

    private static readonly byte[] Hash = new byte[16];

    public static async Task Run(string name, StorageOptions options, int rounds)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddStorage(options);
        using var host = builder.Build();
        await host.StartAsync();
        var journal = host.Services.GetRequiredService<IJournal>();
        for (var round = 1; round <= rounds; round++)
        {
            var cpu = new CpuClock(options);
            var (count, seconds, p50, p99) = await Concurrent(journal, cpu);
            Console.WriteLine($"{name} {round}: {count / seconds:n0} appends/s from {Streams} streams, "
                + $"p50 {p50:0.0} p99 {p99:0.0} ms; CPU for each append: {cpu.OwnMicros / count:0.0} us here, "
                + $"{cpu.DatabaseMicros / count:0.0} us in the database's session");
            var alone = await Alone(journal);
            var bare = await Bare(options);
            Console.WriteLine($"{name} {round}: one append alone {alone:0.000} ms, bare commit {bare:0.000} ms, "
                + $"ratio {alone / bare:0.00}");
            var (refusal, bytes) = await Refusal(journal);
            Console.WriteLine($"{name} {round}: a full channel refuses in {refusal:0.0} us (median), "
                + $"{bytes / (1024.0 * 1024):n0} MiB of heap while full");
        }
        await host.StopAsync();
    }

    private static async Task<(long Count, double Seconds, double P50, double P99)> Concurrent(
        IJournal journal, CpuClock cpu)
    {
        using var ending = new CancellationTokenSource();
        var counting = false;
        var count = 0L;
        var latencies = new List<double>[Streams];
        var owners = Enumerable.Range(0, Streams).Select(n => Task.Run(async () =>
        {
            var stream = NewStream();
            var mine = latencies[n] = [];
            for (var version = 0L; !ending.IsCancellationRequested; version++)
            {
                var started = Stopwatch.GetTimestamp();
                await journal.Append(Message(stream, version), CancellationToken.None);
                if (!Volatile.Read(ref counting))
                    continue;
                mine.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                Interlocked.Increment(ref count);
            }
        })).ToArray();
        await Task.Delay(Warm);
        Volatile.Write(ref counting, true);
        await cpu.Start();
        var begun = Stopwatch.GetTimestamp();
        await Task.Delay(Measured);
        Volatile.Write(ref counting, false);
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        cpu.Stop();
        var counted = Interlocked.Read(ref count);
        await ending.CancelAsync();
        await Task.WhenAll(owners);
        var all = latencies.SelectMany(l => l).Order().ToArray();
        return (counted, seconds, all[all.Length / 2], all[(int)(all.Length * 0.99)]);
    }

    private static async Task<double> Alone(IJournal journal)
    {
        var stream = NewStream();
        return await Median(2_000, version => journal.Append(Message(stream, version)));
    }

    /// <summary>A prepared INSERT of one row into a table with a key, committed by itself, over the same driver.</summary>
    private static async Task<double> Bare(StorageOptions options)
    {
        if (options.Provider == StorageProvider.PostgreSql)
        {
            await using var connection = new NpgsqlConnection(options.ConnectionString);
            await connection.OpenAsync();
            await using var create = new NpgsqlCommand(
                "create table if not exists bare (id bigint generated always as identity primary key, data bytea)",
                connection);
            await create.ExecuteNonQueryAsync();
            await using var insert = new NpgsqlCommand("insert into bare (data) values ($1)", connection);
            insert.Parameters.Add(new() { Value = Data });
            await insert.PrepareAsync();
            return await Median(2_000, _ => insert.ExecuteNonQueryAsync());
        }
        // A file of its own beside the other: the journal's file has one writer.
        await using var file = new SqliteConnection(
            $"Data Source={Path.Combine(options.DataDirectory, "bare.db")};Pooling=false");
        await file.OpenAsync();
        await using var sql = file.CreateCommand();
        sql.CommandText = "pragma journal_mode = wal; pragma synchronous = full; "
            + "create table if not exists bare (id integer primary key, data blob)";
        await sql.ExecuteNonQueryAsync();
        await using var into = file.CreateCommand();
        into.CommandText = "insert into bare (data) values (@data)";
        into.Parameters.AddWithValue("@data", Data);
        await into.PrepareAsync();
        return await Median(2_000, _ => into.ExecuteNonQueryAsync());
    }

    private static async Task<(double MicrosMedian, long HeapBytes)> Refusal(IJournal journal)
    {
        // More streams than the channel holds, as fast as this thread can: the writer can't keep up.
        var accepted = new List<Task>();
        var refusals = new List<double>();
        var messages = Enumerable.Range(0, 60_000).Select(_ => Message(NewStream(), 0)).ToArray();
        foreach (var message in messages)
        {
            var started = Stopwatch.GetTimestamp();
            var append = journal.Append(message);
            var took = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
            if (append.IsFaulted)
                refusals.Add(took);
            else
                accepted.Add(append);
        }
        var heap = GC.GetTotalMemory(false);
        // On a busy machine the last of them wait so long that they are refused after all.
        await Task.WhenAll(accepted).ContinueWith(static _ => { }, TaskScheduler.Default);
        refusals.Sort();
        return (refusals.Count == 0 ? double.NaN : refusals[refusals.Count / 2], heap);
    }

    private static async Task<double> Median(int times, Func<long, Task> work)
    {
        var took = new double[times];
        for (var n = 0; n < times; n++)
        {
            var started = Stopwatch.GetTimestamp();
            await work(n);
            took[n] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
        Array.Sort(took);
        return took[times / 2];
    }

    private static string NewStream() => "conversation/" + Guid.NewGuid().ToString("n");

    private static Append Message(string stream, long version) => new(
        stream, version,
        ImmutableArray.Create(new NewEvent("conversation.message-posted.v1", DateTimeOffset.UtcNow, Data)
        {
            VisitorSequence = version + 1,
            Author = "visitor:" + stream[^12..],
            ClientId = $"m{version}",
            ContentHash = Hash,
        }));
}

using CustomerService.Grains.Streams;
using CustomerService.Grains.Visitors;
using CustomerService.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Serialization;
using Xunit;

namespace CustomerService.Faults.Tests;

/// <summary>A snapshot is a cache: damaged, it is as if there were none.</summary>
public sealed class SnapshotTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private SnapshotSerializer Serializer => new(
        _services.GetRequiredService<Serializer>(), NullLogger<SnapshotSerializer>.Instance);

    private static Snapshot<Visitor> Sample => new() { State = Visitor.Start, Version = 300, Schema = 1, Hints = ["front/1"] };

    public void Dispose() => _services.Dispose();

    [Fact]
    public void A_sound_snapshot_is_read_as_it_was_written()
    {
        var read = Serializer.Deserialize<Snapshot<Visitor>>(Serializer.Serialize(Sample))!;

        Assert.Equal((300, 1, "front/1"), (read.Version, read.Schema, Assert.Single(read.Hints)));
        Assert.NotNull(read.State);
    }

    [Fact]
    public void A_damaged_snapshot_kept_its_grain_from_starting()
    {
        var bytes = Serializer.Serialize(Sample).ToArray();
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i] ^= 0x10;
            Assert.Null(Serializer.Deserialize<Snapshot<Visitor>>(new BinaryData(damaged))!.State);
            Assert.Null(Serializer.Deserialize<Snapshot<Visitor>>(new BinaryData(bytes.AsMemory(0, i)))!.State);
        }
    }
}

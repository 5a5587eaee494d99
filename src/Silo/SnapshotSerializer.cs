using System.Buffers.Binary;
using System.IO.Hashing;
using Microsoft.Extensions.Logging;
using Orleans.Serialization;
using Orleans.Storage;

namespace CustomerService.Hosting;

/// <summary>Snapshots to stored bytes and back, with a checksum. One that is damaged, or that another version of the
/// program wrote in a way this one can't read, is as if there were none: it is a cache, and the events fold anew.
/// </summary>
public sealed class SnapshotSerializer(Serializer serializer, ILogger<SnapshotSerializer> log) : IGrainStorageSerializer
{
    private const int ChecksumBytes = sizeof(ulong);

    /// <inheritdoc/>
    public BinaryData Serialize<T>(T? input)
    {
        var body = serializer.SerializeToArray(input!);
        var bytes = new byte[ChecksumBytes + body.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, XxHash3.HashToUInt64(body));
        body.CopyTo(bytes, ChecksumBytes);
        return new BinaryData(bytes);
    }

    /// <inheritdoc/>
    public T? Deserialize<T>(BinaryData input)
    {
        ArgumentNullException.ThrowIfNull(input);
        try
        {
            var bytes = input.ToMemory();
            if (bytes.Length > ChecksumBytes
                && BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span) == XxHash3.HashToUInt64(bytes.Span[ChecksumBytes..]))
            {
                return serializer.Deserialize<T>(bytes[ChecksumBytes..]);
            }
            log.LogWarning("A snapshot of {Type} with {Bytes} bytes is damaged; its events are read instead.", typeof(T), bytes.Length);
        }
        catch (Exception error)
        {
            log.LogWarning(error, "A snapshot of {Type} can't be read; its events are read instead.", typeof(T));
        }
        return Activator.CreateInstance<T>();
    }
}

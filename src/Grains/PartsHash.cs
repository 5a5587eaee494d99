using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CustomerService.Grains;

/// <summary>SHA-256 over several texts. Lengths are hashed too, so that moving a character from one part to the next
/// shows. In one pass over a borrowed buffer: a hash object for each would cost more than the hashing.</summary>
internal static class PartsHash
{
    /// <summary>Bytes of a hash.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    /// <summary>Each part as its length in four little-endian bytes (-1 for null) and its UTF-8.</summary>
    public static void Of(ReadOnlySpan<string?> parts, Span<byte> hash)
    {
        var size = 0;
        foreach (var part in parts)
            size += sizeof(int) + Encoding.UTF8.GetMaxByteCount(part?.Length ?? 0);
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        var used = 0;
        foreach (var part in parts)
        {
            var bytes = part is null ? -1 : Encoding.UTF8.GetBytes(part, buffer.AsSpan(used + sizeof(int)));
            BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(used), bytes);
            used += sizeof(int) + Math.Max(0, bytes);
        }
        SHA256.HashData(buffer.AsSpan(0, used), hash);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}

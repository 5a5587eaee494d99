using System.Buffers;

namespace CustomerService.Load.Wire;

/// <summary>Takes whole frames, in order. The span is good only while the call lasts.</summary>
public interface IFrameSink
{
    void Frame(ReadOnlySpan<byte> frame);
}

/// <summary>
/// Cuts received bytes at SignalR's record separator. A frame that lies whole within what was received is handed on
/// without a copy; only the beginning of a split one is kept, in a pooled buffer given back as soon as it is whole.
/// </summary>
public sealed class FrameReader(int frameBytesMax = FrameReader.FrameBytesMaxDefault)
{
    /// <summary>Longest frame, in bytes: a Resume may carry 200 events of 4,000 characters each, escaped.</summary>
    public const int FrameBytesMaxDefault = 8 * 1024 * 1024;

    /// <summary>What ends each frame.</summary>
    public const byte Separator = 0x1e;

    private byte[]? _rest;
    private int _restCount;

    /// <summary>Takes what a receive gave.</summary>
    /// <exception cref="InvalidDataException">A frame is longer than the limit: the peer does not speak SignalR.</exception>
    public void Push(ReadOnlySpan<byte> received, IFrameSink sink)
    {
        while (!received.IsEmpty)
        {
            var end = received.IndexOf(Separator);
            if (end < 0)
            {
                Keep(received);
                return;
            }
            if (_restCount == 0)
            {
                sink.Frame(received[..end]);
            }
            else
            {
                Keep(received[..end]);
                sink.Frame(_rest.AsSpan(0, _restCount));
                Forget();
            }
            received = received[(end + 1)..];
        }
    }

    /// <summary>Drops a frame begun, when its connection has ended.</summary>
    public void Forget()
    {
        if (_rest is not null)
            ArrayPool<byte>.Shared.Return(_rest);
        (_rest, _restCount) = (null, 0);
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        var needed = _restCount + part.Length;
        if (needed > frameBytesMax)
            throw new InvalidDataException($"A frame is longer than {frameBytesMax} bytes.");
        if (_rest is null || _rest.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * _restCount));
            _rest.AsSpan(0, _restCount).CopyTo(larger);
            if (_rest is not null)
                ArrayPool<byte>.Shared.Return(_rest);
            _rest = larger;
        }
        part.CopyTo(_rest.AsSpan(_restCount));
        _restCount = needed;
    }
}

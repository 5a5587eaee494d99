using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using CustomerService.Storage.Files;

namespace CustomerService.WebFront.Files;

/// <summary>What a scanner says.</summary>
public enum ScanResult
{
    /// <summary>Nothing found.</summary>
    Clean,

    /// <summary>Something found.</summary>
    Infected,

    /// <summary>No word, or not the word "clean": too large for it, timed out, out of reach.</summary>
    Unknown,
}

/// <summary>Asks clamd, where one is set up. Whatever is not plainly "clean" is not clean.</summary>
public sealed class Scanner(FilesOptions options, ILogger<Scanner> log)
{
    private const int ChunkBytes = 64 << 10;
    private const int AnswerBytesMax = 4_096;

    /// <summary>Whether there is a scanner.</summary>
    public bool IsSetUp => options.Clamd.Length > 0;

    /// <summary>Scans. Without a scanner everything is clean.</summary>
    public async Task<ScanResult> Scan(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (!IsSetUp)
            return ScanResult.Clean;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(options.ScanSeconds));
        try
        {
            var answer = await Ask(data, timeout.Token);
            if (answer.EndsWith(": OK", StringComparison.Ordinal))
                return ScanResult.Clean;
            if (answer.EndsWith(" FOUND", StringComparison.Ordinal))
                return ScanResult.Infected;
            log.LogWarning("The scanner gave no verdict: {Answer}", answer);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or UriFormatException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            log.LogWarning(e, "The scanner did not answer");
        }
        return ScanResult.Unknown;
    }

    private async Task<string> Ask(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        using var socket = await Connect(cancellationToken);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync("zINSTREAM\0"u8.ToArray(), cancellationToken);
        var length = new byte[4];
        for (var at = 0; at < data.Length; at += ChunkBytes)
        {
            var chunk = data.Slice(at, Math.Min(ChunkBytes, data.Length - at));
            BinaryPrimitives.WriteInt32BigEndian(length, chunk.Length);
            await stream.WriteAsync(length, cancellationToken);
            await stream.WriteAsync(chunk, cancellationToken);
        }
        BinaryPrimitives.WriteInt32BigEndian(length, 0);
        await stream.WriteAsync(length, cancellationToken);
        var answer = new byte[AnswerBytesMax];
        var read = 0;
        while (read < answer.Length)
        {
            var more = await stream.ReadAsync(answer.AsMemory(read), cancellationToken);
            if (more == 0)
                break;
            read += more;
            if (answer[read - 1] == 0)
                break;
        }
        return Encoding.UTF8.GetString(answer, 0, read).Trim('\0', '\n', ' ');
    }

    private async Task<Socket> Connect(CancellationToken cancellationToken)
    {
        var uri = new Uri(options.Clamd.Contains("://", StringComparison.Ordinal)
            ? options.Clamd : options.Clamd.Replace("unix:", "unix://", StringComparison.Ordinal));
        var isUnix = uri.Scheme == "unix";
        var socket = isUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (isUnix)
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(uri.AbsolutePath), cancellationToken);
            else
                await socket.ConnectAsync(uri.Host, uri.Port > 0 ? uri.Port : 3310, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

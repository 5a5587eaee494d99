using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CustomerService.Storage.Files;
using CustomerService.WebFront.Files;
using Microsoft.AspNetCore.SignalR.Client;
using SkiaSharp;

namespace CustomerService.Http.Tests;

/// <summary>Files from the first byte to the other side's screen, over the real product.</summary>
public sealed class FileTests : IAsyncLifetime
{
    private ProductHost _host = null!;
    private string _visitor = "";

    public async Task InitializeAsync()
    {
        _host = await ProductHost.Start();
        _visitor = (await _host.Visitor()).GetProperty("token").GetString()!;
    }

    public Task DisposeAsync() => _host.DisposeAsync().AsTask();

    [Fact]
    public async Task A_photo_goes_to_the_agent_without_its_metadata_and_only_by_a_link()
    {
        var photo = JpegWithPlace();
        var file = await Upload(_host, _visitor, "../IMG_0001.JPG", photo);
        Assert.Equal("IMG_0001.JPG", file.GetProperty("name").GetString());
        Assert.Equal("image/jpeg", file.GetProperty("type").GetString());
        // The camera said: turned by 90 degrees.
        Assert.Equal((600, 800), (file.GetProperty("width").GetInt32(), file.GetProperty("height").GetInt32()));

        var (conversation, sequence) = await Say(_host, _visitor, "", file.GetProperty("id").GetString()!);
        using var page = await _host.Get($"/api/v1/conversations/{conversation}/events?after=0", _visitor);
        var events = (await ProductHost.Json(page, HttpStatusCode.OK)).GetProperty("events");
        Assert.Equal(
            file.GetRawText(),
            events.EnumerateArray().Single(e => e.GetProperty("sequence").GetInt64() == sequence)
                .GetProperty("attachments")[0].GetRawText());

        var admin = (await _host.SignIn()).Token;
        using var events2 = await _host.Get($"/api/v1/conversations/{conversation}/events?after=0", admin);
        var forAgents = (await ProductHost.Json(events2, HttpStatusCode.OK)).GetProperty("events").EnumerateArray()
            .Single(e => e.GetProperty("type").GetString() == "messagePosted").GetProperty("sequence").GetInt64();
        using var links = await _host.Get($"/api/v1/conversations/{conversation}/files?sequence={forAgents}", admin);
        var link = (await ProductHost.Json(links, HttpStatusCode.OK)).GetProperty("files")[0];
        using var read = await _host.Get(link.GetProperty("url").GetString()!);
        var bytes = await read.Content.ReadAsByteArrayAsync();
        Assert.DoesNotContain("Shanghai", Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
        Assert.Contains("Shanghai", Encoding.Latin1.GetString(photo), StringComparison.Ordinal);
        Assert.Equal("attachment", read.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Contains("sandbox", read.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", read.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("image/jpeg", read.Content.Headers.ContentType!.MediaType);
        using var small = await _host.Get(link.GetProperty("previewUrl").GetString()!);
        Assert.Equal("image/webp", small.Content.Headers.ContentType!.MediaType);

        // A stranger, and a link that was tampered with or is for another file.
        var stranger = (await _host.Visitor()).GetProperty("token").GetString()!;
        using var none = await _host.Get($"/api/v1/conversations/{conversation}/files?sequence={sequence}", stranger);
        await ProductHost.Problem(none, 404, "NotFound");
        var url = link.GetProperty("url").GetString()!;
        foreach (var wrong in new[] { url[..^1] + (url[^1] == 'A' ? 'B' : 'A'), url.Replace("files/", "files/x"), url.Split('?')[0] })
        {
            using var forged = await _host.Get(wrong);
            await ProductHost.Problem(forged, 404, "NotFound");
        }
    }

    [Fact]
    public async Task A_cut_upload_goes_on_where_it_stopped()
    {
        var data = Encoding.ASCII.GetBytes(new string('x', UploadDesk.PartBytes + 1_000));
        var id = await Announce(_host, _visitor, "notes.txt", data.Length);
        await Put(_host, _visitor, id, 0, data[..UploadDesk.PartBytes], 200);
        await Put(_host, _visitor, id, 0, data[..UploadDesk.PartBytes], 200); // The answer was lost: sent again.
        await Put(_host, _visitor, id, UploadDesk.PartBytes, data[UploadDesk.PartBytes..^1], 400);
        await Put(_host, _visitor, id, 17, data[..UploadDesk.PartBytes], 409);
        using (var early = await _host.Post($"/api/v1/uploads/{id}/finish", null, _visitor))
            await ProductHost.Problem(early, 409, "Conflict");
        using (var look = await _host.Get($"/api/v1/uploads/{id}", _visitor))
        {
            Assert.Equal(
                UploadDesk.PartBytes, (await ProductHost.Json(look, HttpStatusCode.OK)).GetProperty("offset").GetInt64());
        }
        await Put(_host, _visitor, id, UploadDesk.PartBytes, data[UploadDesk.PartBytes..], 200);
        var first = await Finish(_host, _visitor, id);
        Assert.Equal(first.GetRawText(), (await Finish(_host, _visitor, id)).GetRawText());
        Assert.Equal(data.Length, first.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task What_may_not_be_sent_is_refused_with_its_reason()
    {
        (string Name, byte[] Data, string Reason)[] table =
        [
            ("setup.exe", [.. "MZ"u8, .. new byte[200]], "type"),
            ("photo.jpg", [.. "MZ"u8, .. new byte[200]], "type"),
            ("page.html", "<html><script>alert(1)</script>"u8.ToArray(), "type"),
            ("picture.svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"u8.ToArray(), "type"),
            ("notes.html", "alert(1) // plain words"u8.ToArray(), "mismatch"),
            ("invoice.pdf", "only text in it"u8.ToArray(), "mismatch"),
            ("cut.jpg", JpegWithPlace()[..300], "damaged"),
            ("flood.png", Flood(), "damaged"),
            ("bomb.docx", Bomb(), "type"),
            ("archive.zip", Zip(("a.txt", 10)), "type"),
        ];
        foreach (var (name, data, reason) in table)
        {
            var id = await Announce(_host, _visitor, name, data.Length);
            await PutAll(_host, _visitor, id, data);
            using var answer = await _host.Post($"/api/v1/uploads/{id}/finish", null, _visitor);
            var problem = await ProductHost.Problem(answer, 400, "Invalid");
            Assert.Equal((name, reason), (name, problem.GetProperty("reason").GetString()));
            // For good, and unfit for a message.
            using var again = await _host.Post($"/api/v1/uploads/{id}/finish", null, _visitor);
            Assert.Equal(reason, (await ProductHost.Problem(again, 400, "Invalid")).GetProperty("reason").GetString());
        }
        using var large = await _host.Post("/api/v1/uploads", new { name = "a.txt", bytes = (10 << 20) + 1 }, _visitor);
        Assert.Equal("size", (await ProductHost.Problem(large, 400, "TooLong")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Nobody_sends_anothers_file_or_one_that_is_not_ready()
    {
        var stranger = (await _host.Visitor()).GetProperty("token").GetString()!;
        var ready = (await Upload(_host, stranger, "a.txt", "text"u8.ToArray())).GetProperty("id").GetString()!;
        var announced = await Announce(_host, _visitor, "b.txt", 4);
        await using var hub = await _host.Hub("visitor", _visitor);
        foreach (var id in new[] { ready, announced, "unknown" })
        {
            var answer = await hub.InvokeAsync<JsonElement>("StartConversation", new
            {
                clientId = Guid.NewGuid().ToString(),
                message = new { clientMessageId = Guid.NewGuid().ToString(), attachmentIds = new[] { id } },
            });
            Assert.Equal("NotFound", answer.GetProperty("error").GetProperty("code").GetString());
        }
        foreach (var path in new[] { $"/api/v1/uploads/{ready}", $"/api/v1/uploads/{ready}/finish" })
        {
            using var answer = path.EndsWith("finish", StringComparison.Ordinal)
                ? await _host.Post(path, null, _visitor) : await _host.Get(path, _visitor);
            await ProductHost.Problem(answer, 404, "NotFound");
        }
    }

    [Fact]
    public async Task The_same_send_again_gets_the_same_answer_and_other_files_are_a_conflict()
    {
        var file = (await Upload(_host, _visitor, "a.txt", "text"u8.ToArray())).GetProperty("id").GetString()!;
        var other = (await Upload(_host, _visitor, "b.txt", "text"u8.ToArray())).GetProperty("id").GetString()!;
        var (conversation, _) = await Say(_host, _visitor, "first");
        await using var hub = await _host.Hub("visitor", _visitor);
        async Task<JsonElement> Send(string id) => await hub.InvokeAsync<JsonElement>("SendMessage", new
        {
            conversationId = conversation, clientMessageId = "same", attachmentIds = new[] { id },
        });
        var first = await Send(file);
        Assert.Equal(first.GetRawText(), (await Send(file)).GetRawText());
        Assert.Equal("Conflict", (await Send(other)).GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task What_was_never_sent_is_deleted_and_what_was_sent_stays()
    {
        var kept = (await Upload(_host, _visitor, "kept.txt", "kept"u8.ToArray())).GetProperty("id").GetString()!;
        await Say(_host, _visitor, "look", kept);
        var loose = (await Upload(_host, _visitor, "loose.txt", "loose"u8.ToArray())).GetProperty("id").GetString()!;
        var cut = await Announce(_host, _visitor, "cut.txt", UploadDesk.PartBytes + 10);
        await Put(_host, _visitor, cut, 0, new byte[UploadDesk.PartBytes], 200);
        foreach (var id in new[] { loose, cut, kept })
        {
            using var gone = await _host.Send(HttpMethod.Delete, $"/api/v1/uploads/{id}", token: _visitor);
            Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        }
        Assert.Equal(2, await _host.Part<UploadCleaner>().Clean(CancellationToken.None));
        Assert.Equal(0, await _host.Part<UploadCleaner>().Clean(CancellationToken.None));
        var store = _host.Part<IFileStore>();
        Assert.Null(await store.Open(loose));
        Assert.Null(await store.Open($"{cut}.part-0"));
        await using var there = await store.Open(kept);
        Assert.NotNull(there);
    }

    [Fact]
    public async Task A_removed_messages_files_are_closed_to_old_links_at_once_and_their_bytes_are_deleted()
    {
        var photo = (await Upload(_host, _visitor, "photo.jpg", JpegWithPlace())).GetProperty("id").GetString()!;
        var (conversation, sequence) = await Say(_host, _visitor, "look", photo);
        var admin = (await _host.SignIn()).Token;
        using var links = await _host.Get($"/api/v1/conversations/{conversation}/files?sequence={sequence}", _visitor);
        var link = (await ProductHost.Json(links, HttpStatusCode.OK)).GetProperty("files")[0];
        string[] addresses = [link.GetProperty("url").GetString()!, link.GetProperty("previewUrl").GetString()!];
        foreach (var address in addresses)
        {
            using var read = await _host.Get(address);
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        }
        using var page = await _host.Get($"/api/v1/conversations/{conversation}/events?after=0", admin);
        var message = (await ProductHost.Json(page, HttpStatusCode.OK)).GetProperty("events").EnumerateArray()
            .Single(e => e.GetProperty("type").GetString() == "messagePosted").GetProperty("sequence").GetInt64();
        await using (var hub = await _host.Hub("agent", admin))
        {
            var removed = await hub.InvokeAsync<JsonElement>(
                "RedactMessage", new { conversationId = conversation, sequence = message, commandId = "r1" });
            Assert.Equal(JsonValueKind.Null, removed.GetProperty("error").ValueKind);
        }
        foreach (var address in addresses)
        {
            using var read = await _host.Get(address);
            await ProductHost.Problem(read, 404, "NotFound");
        }
        using (var again = await _host.Get($"/api/v1/uploads/{photo}", _visitor))
            await ProductHost.Problem(again, 404, "NotFound");
        await _host.Part<UploadCleaner>().Clean(CancellationToken.None);
        var store = _host.Part<IFileStore>();
        Assert.Null(await store.Open(UploadDesk.FileKey(photo)));
        Assert.Null(await store.Open(UploadDesk.PreviewKey(photo)));
        Assert.Equal(0, await _host.Part<UploadCleaner>().Clean(CancellationToken.None));
    }

    [Fact]
    public async Task A_visitor_has_a_quota()
    {
        await using var host = await ProductHost.Start(new() { ["Files:VisitorBytesPerDay"] = "1000" });
        var visitor = (await host.Visitor()).GetProperty("token").GetString()!;
        await Announce(host, visitor, "a.txt", 1_000);
        using var answer = await host.Post("/api/v1/uploads", new { name = "b.txt", bytes = 1 }, visitor);
        Assert.Equal("quota", (await ProductHost.Problem(answer, 429, "RateLimited")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Nothing_is_taken_that_the_scanner_did_not_find_clean()
    {
        using var clamd = new FakeClamd();
        await using var host = await ProductHost.Start(new()
        {
            ["Files:Clamd"] = $"tcp://127.0.0.1:{clamd.Port}", ["Files:ScanSeconds"] = "2",
        });
        var visitor = (await host.Visitor()).GetProperty("token").GetString()!;
        clamd.Verdict = "stream: Eicar-Test-Signature FOUND";
        var infected = await Announce(host, visitor, "a.txt", 5);
        await Put(host, visitor, infected, 0, "virus"u8.ToArray(), 200);
        using (var answer = await host.Post($"/api/v1/uploads/{infected}/finish", null, visitor))
            Assert.Equal("infected", (await ProductHost.Problem(answer, 400, "Invalid")).GetProperty("reason").GetString());
        Assert.Equal("virus", clamd.Heard);

        var id = await Announce(host, visitor, "b.txt", 5);
        await Put(host, visitor, id, 0, "fine!"u8.ToArray(), 200);
        foreach (var verdict in new[] { "INSTREAM size limit exceeded. ERROR", "", "hang" })
        {
            clamd.Verdict = verdict;
            using var answer = await host.Post($"/api/v1/uploads/{id}/finish", null, visitor);
            var problem = await ProductHost.Problem(answer, 503, "Unavailable");
            Assert.Equal("scanner", problem.GetProperty("reason").GetString());
        }
        Assert.Null(await host.Part<IFileStore>().Open(id));
        clamd.Verdict = "stream: OK";
        await Finish(host, visitor, id);
        clamd.Stop();
        var late = await Announce(host, visitor, "c.txt", 5);
        await Put(host, visitor, late, 0, "fine!"u8.ToArray(), 200);
        using var down = await host.Post($"/api/v1/uploads/{late}/finish", null, visitor);
        await ProductHost.Problem(down, 503, "Unavailable");
    }

    internal static async Task<string> Announce(ProductHost host, string token, string name, long bytes)
    {
        using var answer = await host.Post("/api/v1/uploads", new { name, bytes }, token);
        return (await ProductHost.Json(answer, HttpStatusCode.Created)).GetProperty("uploadId").GetString()!;
    }

    internal static async Task<JsonElement> Upload(ProductHost host, string token, string name, byte[] data)
    {
        var id = await Announce(host, token, name, data.Length);
        await PutAll(host, token, id, data);
        return await Finish(host, token, id);
    }

    private static async Task PutAll(ProductHost host, string token, string id, byte[] data)
    {
        for (var at = 0; at < data.Length; at += UploadDesk.PartBytes)
            await Put(host, token, id, at, data[at..Math.Min(data.Length, at + UploadDesk.PartBytes)], 200);
    }

    private static async Task Put(ProductHost host, string token, string id, long offset, byte[] part, int expected)
    {
        using var body = new ByteArrayContent(part);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var answer = await host.Send(HttpMethod.Put, $"/api/v1/uploads/{id}?offset={offset}", body, token);
        Assert.True((int)answer.StatusCode == expected, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<JsonElement> Finish(ProductHost host, string token, string id)
    {
        using var answer = await host.Post($"/api/v1/uploads/{id}/finish", null, token);
        return (await ProductHost.Json(answer, HttpStatusCode.OK)).GetProperty("attachment");
    }

    private static async Task<(string Conversation, long Sequence)> Say(
        ProductHost host, string token, string text, params string[] attachmentIds)
    {
        await using var hub = await host.Hub("visitor", token);
        var answer = await hub.InvokeAsync<JsonElement>("StartConversation", new
        {
            clientId = Guid.NewGuid().ToString(),
            message = new { clientMessageId = Guid.NewGuid().ToString(), text, attachmentIds },
        });
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("error").ValueKind);
        return (answer.GetProperty("conversationId").GetString()!, answer.GetProperty("sequence").GetInt64());
    }

    /// <summary>A photo of 800 x 600 with EXIF: turned by 90 degrees, and where it was taken.</summary>
    private static byte[] JpegWithPlace()
    {
        using var bitmap = new SKBitmap(800, 600);
        bitmap.Erase(SKColors.SeaGreen);
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, 80);
        byte[] tiff =
        [
            .. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 2, 0,
            0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, // Orientation: 6
            0x0E, 0x01, 2, 0, 9, 0, 0, 0, 38, 0, 0, 0, // ImageDescription, at offset 38
            0, 0, 0, 0, .. "Shanghai\0"u8,
        ];
        var data = encoded.ToArray();
        byte[] head = [0xFF, 0xE1, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(2), (ushort)(tiff.Length + 2));
        return [.. data[..2], .. head, .. tiff, .. data[2..]];
    }

    /// <summary>A PNG whose header claims 60,000 x 60,000 pixels.</summary>
    private static byte[] Flood()
    {
        using var bitmap = new SKBitmap(1, 1);
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        var data = encoded.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(16), 60_000);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(20), 60_000);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(29), Crc(data.AsSpan(12, 17)));
        return data;
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        return ~crc;
    }

    private static byte[] Bomb() => Zip(("[Content_Types].xml", 10), ("word/document.xml", 250 << 20));

    private static byte[] Zip(params (string Name, int Zeros)[] entries)
    {
        var stream = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(
            stream, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, zeros) in entries)
            {
                using var entry = zip.CreateEntry(name, System.IO.Compression.CompressionLevel.Fastest).Open();
                var block = new byte[1 << 20];
                for (var left = zeros; left > 0; left -= block.Length)
                    entry.Write(block, 0, Math.Min(left, block.Length));
            }
        }
        return stream.ToArray();
    }
}

/// <summary>Speaks clamd's INSTREAM and says what it is told to; <c>hang</c>: nothing.</summary>
internal sealed class FakeClamd : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();

    public FakeClamd()
    {
        _listener.Start();
        _ = Serve();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Verdict { get; set; } = "stream: OK";

    public string Heard { get; private set; } = "";

    public void Stop()
    {
        _stop.Cancel();
        _listener.Stop();
    }

    public void Dispose()
    {
        Stop();
        _stop.Dispose();
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                try
                {
                    await Answer(client.GetStream());
                }
                catch (IOException)
                {
                    // The other side gave up.
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Stopped.
        }
    }

    private async Task Answer(NetworkStream stream)
    {
        var command = new byte[10];
        await stream.ReadExactlyAsync(command);
        Assert.Equal("zINSTREAM\0", Encoding.ASCII.GetString(command));
        var heard = new MemoryStream();
        var length = new byte[4];
        while (true)
        {
            await stream.ReadExactlyAsync(length);
            var chunk = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            if (chunk.Length == 0)
                break;
            await stream.ReadExactlyAsync(chunk);
            heard.Write(chunk);
        }
        Heard = Encoding.UTF8.GetString(heard.ToArray());
        if (Verdict == "hang")
            await stream.ReadExactlyAsync(new byte[1]); // Until the other side gives up.
        else
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Verdict + "\0"));
    }
}

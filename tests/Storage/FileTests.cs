using System.Net;
using System.Text;
using CustomerService.Storage.Catalogue;
using CustomerService.Storage.Files;
using CustomerService.Storage.Journal;
using CustomerService.Support;
using Xunit;

namespace CustomerService.Storage.Tests;

public sealed class SqliteFileTests(SqliteFixture fixture) : FileTests(fixture), IClassFixture<SqliteFixture>
{
    [Fact]
    public async Task Files_on_disk_are_kept_replaced_and_deleted_and_no_key_leads_out_of_the_folder()
    {
        using var folder = new TemporaryFolder();
        var store = new DiskFileStore(folder.Path);
        await Keeps(store);
        Assert.Empty(Directory.GetFiles(folder.Path, "*.new", SearchOption.AllDirectories));
        foreach (var key in new[] { "../x", "..", "a/b", "A", ".hidden", "", "x\0y", new('x', 121) })
            await Assert.ThrowsAsync<ArgumentException>(() => store.Put(key, new byte[1]));
    }

    [Fact]
    public async Task Files_in_an_S3_store_are_kept_replaced_and_deleted()
    {
        using var server = new FakeS3();
        using var store = new S3FileStore(new S3Options
        {
            Bucket = "files", ServiceUrl = server.Address, AccessKey = "key", SecretKey = "secret",
        });
        await Keeps(store);
        server.IsDown = true;
        await Assert.ThrowsAsync<FileStoreException>(() => store.Put("down", new byte[1]));
    }
}

[Trait("Category", "Postgres")]
public sealed class PostgreSqlFileTests(PostgreSqlFixture fixture)
    : FileTests(fixture), IClassFixture<PostgreSqlFixture>
{
    [Fact]
    public Task Files_in_the_database_are_kept_replaced_and_deleted() => Keeps(new DatabaseFileStore(Database));
}

/// <summary>Uploads' rows and the stores of their bytes.</summary>
public abstract class FileTests(DatabaseFixture fixture)
{
    private protected Database.IDatabase Database => fixture.Storage.Database;

    private IUploads Uploads => fixture.Storage.Uploads;

    [Fact]
    public async Task An_upload_moves_on_only_from_where_it_stands()
    {
        var upload = await Announced(1_000);
        Assert.False(await Uploads.Advance(upload.Id, 1, 500));
        Assert.True(await Uploads.Advance(upload.Id, 0, 500));
        Assert.False(await Uploads.Advance(upload.Id, 0, 500));
        Assert.Equal(500, (await Find(upload)).Received);
        Assert.Equal((1_000, 1), await Uploads.Announced(upload.Owner, upload.CreatedAt.AddHours(-1)));
        Assert.Equal((0, 0), await Uploads.Announced(upload.Owner, upload.CreatedAt.AddHours(1)));
    }

    [Fact]
    public async Task What_became_of_it_is_said_once()
    {
        var upload = await Announced(10);
        Assert.False(await Uploads.Use([upload.Id]));
        var ready = upload with
        {
            State = UploadState.Ready, Type = "image/png", Name = "照片.png", Bytes = 8, Width = 3, Height = 4, HasPreview = true,
        };
        Assert.True(await Uploads.Settle(ready));
        Assert.False(await Uploads.Settle(upload with { State = UploadState.Refused, Reason = "type" }));
        Assert.Equal(ready, await Find(upload));
        Assert.True(await Uploads.Use([upload.Id]));
        Assert.True(await Uploads.Use([upload.Id]));
        Assert.False(await Uploads.Use([upload.Id, "unknown"]));
        await Uploads.GiveUp(upload.Id);
        Assert.Equal(UploadState.Used, (await Find(upload)).State);
    }

    [Fact]
    public async Task What_is_old_or_given_up_goes_and_what_is_used_stays()
    {
        var (old, given, fresh, used) = (await Announced(1), await Announced(1), await Announced(1), await Announced(1));
        await Uploads.Settle(used with { State = UploadState.Ready, Type = "text/plain" });
        await Uploads.Use([used.Id]);
        await Uploads.GiveUp(given.Id);
        var expired = (await Uploads.Expire(old.CreatedAt.AddHours(-1))).Select(upload => upload.Id).ToArray();
        Assert.Contains(given.Id, expired);
        Assert.DoesNotContain(fresh.Id, expired);
        expired = [.. (await Uploads.Expire(old.CreatedAt.AddHours(1))).Select(upload => upload.Id)];
        Assert.Contains(old.Id, expired);
        Assert.DoesNotContain(used.Id, expired);
        Assert.False(await Uploads.Use([old.Id]));
        await Uploads.Remove(old.Id);
        await Uploads.Remove(used.Id);
        Assert.Empty(await Uploads.Find([old.Id]));
        Assert.Single(await Uploads.Find([used.Id]));
    }

    [Fact]
    public async Task What_was_in_a_removed_message_goes_with_the_same_append_and_a_retry_still_finds_its_row()
    {
        var (gone, kept) = (await Announced(10), await Announced(10));
        foreach (var upload in new[] { gone, kept })
        {
            Assert.True(await Uploads.Advance(upload.Id, 0, 10));
            Assert.True(await Uploads.Settle(upload with { State = UploadState.Ready, Type = "text/plain" }));
            Assert.True(await Uploads.Use([upload.Id]));
        }
        var stream = Given.Stream();
        await fixture.Storage.Journal.Append(Given.Append(stream, 0));
        await Assert.ThrowsAsync<StreamConflictException>(() => fixture.Storage.Journal.Append(
            Given.Append(stream, 7) with { Discarded = [gone.Id] }));
        Assert.Equal(UploadState.Used, (await Find(gone)).State);
        await fixture.Storage.Journal.Append(Given.Append(stream, 1) with { Discarded = [gone.Id, "unknown"] });
        Assert.Equal((UploadState.Removed, 10), ((await Find(gone)).State, (await Find(gone)).Received));
        Assert.Equal(UploadState.Used, (await Find(kept)).State);
        Assert.True(await Uploads.Use([gone.Id, kept.Id]));
        await Uploads.GiveUp(gone.Id);
        Assert.DoesNotContain(gone.Id, (await Uploads.Expire(gone.CreatedAt.AddHours(1))).Select(upload => upload.Id));
        Assert.Contains(gone.Id, (await Uploads.Removed()).Select(upload => upload.Id));
        await Uploads.Emptied(gone.Id);
        await Uploads.Emptied(kept.Id);
        Assert.DoesNotContain(gone.Id, (await Uploads.Removed()).Select(upload => upload.Id));
        Assert.Equal((UploadState.Removed, 0), ((await Find(gone)).State, (await Find(gone)).Received));
        Assert.Equal(10, (await Find(kept)).Received);
    }

    [Fact]
    public async Task An_append_discards_so_many_at_most() =>
        await Assert.ThrowsAsync<ArgumentException>(() => fixture.Storage.Journal.Append(
            Given.Append(Given.Stream(), 0) with { Discarded = [.. Enumerable.Repeat("f", 65)] }));

    [Fact]
    public async Task A_site_is_replaced_only_at_its_revision()
    {
        var site = new SiteSettings { Key = "site-" + Given.Id()[..8].ToLowerInvariant(), Name = "First" };
        await fixture.Storage.Catalogue.Save(site);
        Assert.True(await fixture.Storage.Catalogue.Replace(site with { Name = "Second", Revision = 1 }));
        Assert.False(await fixture.Storage.Catalogue.Replace(site with { Name = "Late", Revision = 1 }));
        var stored = (await fixture.Storage.Catalogue.Sites()).Single(other => other.Key == site.Key);
        Assert.Equal(("Second", 2), (stored.Name, stored.Revision));
        Assert.False(await fixture.Storage.Catalogue.Replace(site with { Key = "none", Revision = 0 }));
    }

    private protected static async Task Keeps(IFileStore store)
    {
        const string Key = "abc123.part-0";
        Assert.Null(await store.Open(Key));
        foreach (var text in new[] { "first", "其次" })
        {
            await store.Put(Key, Encoding.UTF8.GetBytes(text));
            await using var stored = await store.Open(Key);
            using var reader = new StreamReader(stored!);
            Assert.Equal(text, await reader.ReadToEndAsync());
        }
        await store.Delete(Key);
        await store.Delete(Key);
        Assert.Null(await store.Open(Key));
    }

    private async Task<Upload> Announced(long bytes)
    {
        var upload = new Upload
        {
            Id = Given.Id(), Owner = "visitor:" + Given.Id(), Name = "a.txt", Bytes = bytes,
            CreatedAt = new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero),
        };
        await Uploads.Add(upload);
        return upload;
    }

    private async Task<Upload> Find(Upload upload) => Assert.Single(await Uploads.Find([upload.Id]));
}

/// <summary>As much of S3 as the store uses: put, get and delete of objects in one bucket.</summary>
internal sealed class FakeS3 : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, byte[]> _objects = [];

    public FakeS3()
    {
        Address = $"http://127.0.0.1:{FreePort.Next()}";
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = Serve();
    }

    public string Address { get; }

    public bool IsDown { get; set; }

    public void Dispose() => _listener.Close();

    private async Task Serve()
    {
        try
        {
            while (true)
                await Answer(await _listener.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task Answer(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var key = request.Url!.AbsolutePath;
        Assert.StartsWith("/files/", key, StringComparison.Ordinal);
        Assert.StartsWith("AWS4-HMAC-SHA256", request.Headers["Authorization"], StringComparison.Ordinal);
        if (IsDown)
        {
            response.StatusCode = 403;
        }
        else if (request.HttpMethod == "PUT")
        {
            var body = new MemoryStream();
            await request.InputStream.CopyToAsync(body);
            _objects[key] = body.ToArray();
        }
        else if (request.HttpMethod == "DELETE")
        {
            _objects.Remove(key);
            response.StatusCode = 204;
        }
        else if (_objects.TryGetValue(key, out var data))
        {
            await response.OutputStream.WriteAsync(data);
        }
        else
        {
            response.StatusCode = 404;
        }
        response.Close();
    }
}

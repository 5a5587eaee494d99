using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace CustomerService.Storage.Files;

/// <summary>Files in one bucket of an S3-compatible store.</summary>
public sealed class S3FileStore : IFileStore, IDisposable
{
    private readonly AmazonS3Client _client;
    private readonly string _bucket;

    /// <summary>Opens no connection yet.</summary>
    public S3FileStore(S3Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.PathStyle,
            Timeout = TimeSpan.FromSeconds(60),
            MaxErrorRetry = 2,
            // Stores of other makers do not know the newer checksums.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.ServiceUrl.Length > 0)
        {
            config.ServiceURL = options.ServiceUrl;
            config.AuthenticationRegion = options.Region;
        }
        else
        {
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        }
        // Without keys the usual places are looked at: environment, profile, the machine's role.
        _client = options.AccessKey.Length > 0
            ? new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config)
            : new AmazonS3Client(config);
        _bucket = options.Bucket;
    }

    /// <inheritdoc/>
    public Task Put(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        FileKeys.Check(key);
        return Guarded(async () =>
        {
            using var stream = new MemoryStream(data.ToArray(), writable: false);
            await _client.PutObjectAsync(
                new PutObjectRequest { BucketName = _bucket, Key = key, InputStream = stream, UseChunkEncoding = false },
                cancellationToken).ConfigureAwait(false);
            return true;
        });
    }

    /// <inheritdoc/>
    public Task<Stream?> Open(string key, CancellationToken cancellationToken = default)
    {
        FileKeys.Check(key);
        return Guarded<Stream?>(async () =>
        {
            try
            {
                return (await _client.GetObjectAsync(_bucket, key, cancellationToken).ConfigureAwait(false))
                    .ResponseStream;
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }
        });
    }

    /// <inheritdoc/>
    public Task Delete(string key, CancellationToken cancellationToken = default)
    {
        FileKeys.Check(key);
        return Guarded(async () =>
        {
            await _client.DeleteObjectAsync(_bucket, key, cancellationToken).ConfigureAwait(false);
            return true;
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static async Task<T> Guarded<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e) when (e is AmazonServiceException or AmazonClientException or HttpRequestException)
        {
            throw new FileStoreException($"The S3 store failed: {e.Message}", e);
        }
    }
}

namespace CustomerService.Storage.Files;

/// <summary>Section <c>Files</c>: where files lie and how they are looked at.</summary>
public sealed class FilesOptions
{
    /// <summary><c>disk</c>, <c>database</c> or <c>s3</c>. Empty: disk with SQLite, database with PostgreSQL.</summary>
    public string Store { get; set; } = "";

    /// <summary>Folder of the store <c>disk</c>. Empty: <c>files</c> in the data directory.</summary>
    public string Directory { get; set; } = "";

    /// <summary>Largest file, bytes. Default 10 MiB, 1 KiB to 25 MiB: a file is looked at in memory. A site may allow
    /// less.</summary>
    public long BytesMax { get; set; } = 10 << 20;

    /// <summary>Bytes that one visitor may announce in a day. Default 100 MiB.</summary>
    public long VisitorBytesPerDay { get; set; } = 100 << 20;

    /// <summary>Bytes that one agent may announce in a day. Default 2 GiB.</summary>
    public long AgentBytesPerDay { get; set; } = 2L << 30;

    /// <summary>Hours after which what was never sent in a message is deleted. Default 24, 1 to 720.</summary>
    public double UnusedHours { get; set; } = 24;

    /// <summary>Minutes for which a link to a file is good. Default 60, 1 to 1,440.</summary>
    public double LinkMinutes { get; set; } = 60;

    /// <summary>Where clamd listens: <c>tcp://host:3310</c> or <c>unix:/run/clamav/clamd.ctl</c>. Empty: no scanner.
    /// Given, nothing can be sent or read that it has not found clean.</summary>
    public string Clamd { get; set; } = "";

    /// <summary>Seconds that a scan may take. Default 30, 1 to 300.</summary>
    public double ScanSeconds { get; set; } = 30;

    /// <summary>Of the store <c>s3</c>.</summary>
    public S3Options S3 { get; set; } = new();

    /// <summary>The store in force.</summary>
    public string StoreFor(StorageProvider provider) =>
        Store.Length > 0 ? Store : provider == StorageProvider.Sqlite ? "disk" : "database";

    /// <exception cref="StorageStartupException">A setting is wrong.</exception>
    public void Validate(StorageProvider provider)
    {
        var store = StoreFor(provider);
        if (store is not ("disk" or "database" or "s3"))
            Wrong($"Files:Store is disk, database or s3, not '{store}'");
        if (store == "database" && provider == StorageProvider.Sqlite)
            Wrong("Files:Store can't be database with SQLite; use disk");
        if (store == "s3" && S3.Bucket.Length == 0)
            Wrong("Files:Store is s3, so Files:S3:Bucket is needed");
        if (S3.ServiceUrl.Length > 0 && !Uri.TryCreate(S3.ServiceUrl, UriKind.Absolute, out _))
            Wrong("Files:S3:ServiceUrl is no address");
        if ((S3.AccessKey.Length > 0) != (S3.SecretKey.Length > 0))
            Wrong("Files:S3:AccessKey and Files:S3:SecretKey are given together");
        Within("BytesMax", BytesMax, 1 << 10, 25 << 20);
        Within("VisitorBytesPerDay", VisitorBytesPerDay, 0, 1L << 50);
        Within("AgentBytesPerDay", AgentBytesPerDay, 0, 1L << 50);
        Within("UnusedHours", UnusedHours, 1, 720);
        Within("LinkMinutes", LinkMinutes, 1, 1_440);
        Within("ScanSeconds", ScanSeconds, 1, 300);
    }

    private static void Within(string name, double value, double min, double max)
    {
        if (!(value >= min && value <= max))
            Wrong(FormattableString.Invariant($"Files:{name} is {value}; it must be from {min} to {max}"));
    }

    private static void Wrong(string what) => throw new StorageStartupException($"Setting {what}.");
}

/// <summary>Section <c>Files:S3</c>.</summary>
public sealed class S3Options
{
    /// <summary>The bucket; it must exist.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>Address of a store that is not Amazon's, such as <c>http://minio:9000</c>.</summary>
    public string ServiceUrl { get; set; } = "";

    /// <summary>Region. Default <c>us-east-1</c>.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>Access key; empty: from the environment or the machine's role.</summary>
    public string AccessKey { get; set; } = "";

    /// <summary>Its secret.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>Whether the bucket is named in the path, as most other makers' stores want it. Default true.</summary>
    public bool PathStyle { get; set; } = true;
}

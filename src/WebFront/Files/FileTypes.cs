using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace CustomerService.WebFront.Files;

/// <summary>A kind of file: its media type, and the endings that a file of this kind may have.</summary>
/// <param name="Type">Media type.</param>
/// <param name="Endings">Lower case, with the dot; the first is the usual one.</param>
public sealed record FileType(string Type, params string[] Endings);

/// <summary>Tells what a file is by its bytes. Its name and what a browser says of it count for nothing, except that a
/// name which claims something else is refused.</summary>
public static class FileTypes
{
    /// <summary>Images that are shown in place. SVG is none: it is a document with scripts.</summary>
    public static readonly FileType Jpeg = new("image/jpeg", ".jpg", ".jpeg", ".jfif"), Png = new("image/png", ".png"),
        Gif = new("image/gif", ".gif"), WebP = new("image/webp", ".webp");

    private static readonly FileType Text = new(
        "text/plain", ".txt", ".log", ".csv", ".tsv", ".md", ".json", ".yaml", ".yml", ".ini", ".srt", ".vtt", ".ics",
        ".vcf", ".eml"),
        Pdf = new("application/pdf", ".pdf"), Zip = new("application/zip", ".zip"),
        Mp4 = new("video/mp4", ".mp4", ".m4v"), Mov = new("video/quicktime", ".mov"),
        M4a = new("audio/mp4", ".m4a"), WebM = new("video/webm", ".webm", ".weba", ".mkv"),
        Mp3 = new("audio/mpeg", ".mp3"), Ogg = new("audio/ogg", ".ogg", ".oga", ".opus"), Wav = new("audio/wav", ".wav"),
        Docx = new("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
        Xlsx = new("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
        Pptx = new("application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx");

    /// <summary>Everything that can be told by its bytes, and so be allowed.</summary>
    public static IReadOnlyList<FileType> Known { get; } =
        [Jpeg, Png, Gif, WebP, Text, Pdf, Docx, Xlsx, Pptx, Zip, Mp4, Mov, M4a, WebM, Mp3, Ogg, Wav];

    /// <summary>What a site takes unless it says otherwise: all of these but archives, in which anything may hide.
    /// </summary>
    public static IReadOnlyList<string> Usual { get; } = [.. Known.Where(known => known != Zip).Select(known => known.Type)];

    /// <summary>What the bytes are; null for what is not known, or not safe to hand on: programs, scripts, documents that
    /// browsers run.</summary>
    public static FileType? Of(ReadOnlySpan<byte> data)
    {
        if (data.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return Jpeg;
        if (data.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            return Png;
        if (data.StartsWith("GIF87a"u8) || data.StartsWith("GIF89a"u8))
            return Gif;
        if (data.Length >= 12 && data.StartsWith("RIFF"u8))
            return data[8..12].SequenceEqual("WEBP"u8) ? WebP : data[8..12].SequenceEqual("WAVE"u8) ? Wav : null;
        if (data.StartsWith("%PDF-"u8))
            return Pdf;
        if (data.StartsWith("PK\x03\x04"u8))
            return Archive(data);
        if (data.Length >= 12 && data[4..8].SequenceEqual("ftyp"u8))
            return Iso(data[8..12]);
        if (data.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3]))
            return WebM;
        if (data.StartsWith("OggS"u8))
            return Ogg;
        if (data.StartsWith("ID3"u8) || (data.Length > 2 && data[0] == 0xFF && data[1] is 0xFB or 0xF3 or 0xF2))
            return Mp3;
        return IsText(data) ? Text : null;
    }

    /// <summary>Whether a name's ending claims another kind than the bytes are. Images among each other are forgiven:
    /// phones and web pages mix them up, and they get their true ending.</summary>
    public static bool Lies(string name, FileType type)
    {
        var ending = Path.GetExtension(name).ToLowerInvariant();
        if (ending.Length == 0 || type.Endings.Contains(ending))
            return false;
        return !(IsImage(type) && Known.Any(other => IsImage(other) && other.Endings.Contains(ending)));
    }

    /// <summary>Whether it is shown in place.</summary>
    public static bool IsImage(FileType type) => type == Jpeg || type == Png || type == Gif || type == WebP;

    private static FileType? Iso(ReadOnlySpan<byte> brand) =>
        brand.StartsWith("qt"u8) ? Mov
        : brand.StartsWith("M4A"u8) ? M4a
        : brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.StartsWith("mif"u8) || brand.StartsWith("avi"u8)
            ? null // Pictures that not every browser shows and whose metadata nothing here can remove.
            : Mp4;

    /// <summary>An archive, or a document that is one. Its directory is read, nothing is unpacked.</summary>
    private static FileType? Archive(ReadOnlySpan<byte> data)
    {
        try
        {
            using var archive = new ZipArchive(new MemoryStream(data.ToArray(), writable: false), ZipArchiveMode.Read);
            long unpacked = 0;
            bool document = false, word = false, sheet = false, slides = false, macro = false;
            foreach (var entry in archive.Entries)
            {
                unpacked += entry.Length;
                document |= entry.FullName == "[Content_Types].xml";
                word |= entry.FullName.StartsWith("word/", StringComparison.Ordinal);
                sheet |= entry.FullName.StartsWith("xl/", StringComparison.Ordinal);
                slides |= entry.FullName.StartsWith("ppt/", StringComparison.Ordinal);
                macro |= entry.FullName.EndsWith("vbaProject.bin", StringComparison.OrdinalIgnoreCase);
            }
            // A bomb: real documents shrink to a tenth, and a hundredth is already odd.
            if (archive.Entries.Count > 10_000 || unpacked > Math.Max(200L << 20, data.Length * 100L) || unpacked < 0)
                return null;
            if (!document)
                return Zip;
            return macro ? null : word ? Docx : sheet ? Xlsx : slides ? Pptx : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>UTF-8 without control characters that is no page, picture or script in disguise.</summary>
    private static bool IsText(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return false;
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(data);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        if (text.Any(c => char.IsControl(c) && c is not ('\t' or '\n' or '\r' or '\f')))
            return false;
        // Browsers look at the beginning to guess a page.
        var start = text.AsSpan().TrimStart("\uFEFF \t\r\n\f");
        return !(start.StartsWith("<", StringComparison.Ordinal) || start.StartsWith("#!", StringComparison.Ordinal));
    }

    /// <summary>Width and height that a picture claims, before anything is decoded; null where it has none.</summary>
    internal static (int Width, int Height)? GifSize(ReadOnlySpan<byte> data) => data.Length < 10
        ? null
        : (BinaryPrimitives.ReadUInt16LittleEndian(data[6..]), BinaryPrimitives.ReadUInt16LittleEndian(data[8..]));
}

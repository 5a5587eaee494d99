using SkiaSharp;

namespace CustomerService.WebFront.Files;

/// <summary>A picture as it is kept.</summary>
/// <param name="Data">Its bytes: pixels and nothing else.</param>
/// <param name="Type">Its type.</param>
/// <param name="Width">Pixels, as shown.</param>
/// <param name="Height">Pixels, as shown.</param>
/// <param name="Preview">A small WebP of it; null where it is small itself.</param>
public sealed record Picture(byte[] Data, FileType Type, int Width, int Height, byte[]? Preview);

/// <summary>
/// Pictures are decoded and written anew: place and time of a photo, the phone's name, hidden thumbnails, and whatever
/// else was appended or smuggled in, do not survive that. Turned as the camera said, because that is metadata too.
/// </summary>
public static class Pictures
{
    /// <summary>Pixels of the largest picture: 128 MB when decoded. A phone's has 12 to 50 million; larger ones are made
    /// smaller by the widget before they are sent.</summary>
    public const int PixelsMax = 50_000_000;

    private const int JpegQuality = 90;
    private const int PreviewEdge = 560;
    private const int PreviewQuality = 78;

    /// <summary>Written anew; null where it is no whole picture of its type, or is a flood of pixels.</summary>
    public static Picture? Clean(byte[] data, FileType type)
    {
        ArgumentNullException.ThrowIfNull(data);
        // What the frame says is believed only where it says too much: a decoder reserves by it.
        if (type == FileTypes.Gif && (FileTypes.GifSize(data) is not { } size || (long)size.Width * size.Height > PixelsMax))
            return null;
        using var codec = SKCodec.Create(new MemoryStream(data, writable: false));
        if (codec is null || codec.Info.Width < 1 || codec.Info.Height < 1
            || (long)codec.Info.Width * codec.Info.Height > PixelsMax)
        {
            return null;
        }
        using var decoded = new SKBitmap(new SKImageInfo(
            codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888,
            codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Premul));
        if (codec.GetPixels(decoded.Info, decoded.GetPixels()) != SKCodecResult.Success)
            return null;
        using var turned = Turned(decoded, codec.EncodedOrigin);
        var shown = turned ?? decoded;
        byte[]? bytes;
        if (type == FileTypes.Gif)
            bytes = Gifs.Clean(data); // Moving pictures stay moving.
        else
            bytes = Encode(shown, type == FileTypes.Jpeg ? SKEncodedImageFormat.Jpeg
                : type == FileTypes.WebP ? SKEncodedImageFormat.Webp : SKEncodedImageFormat.Png, JpegQuality);
        return bytes is null ? null : new Picture(bytes, type, shown.Width, shown.Height, Preview(shown, bytes.Length));
    }

    private static byte[]? Preview(SKBitmap picture, int bytes)
    {
        var scale = (float)PreviewEdge / Math.Max(picture.Width, picture.Height);
        if (scale >= 1 && bytes < 60_000)
            return null;
        if (scale >= 1)
            return Encode(picture, SKEncodedImageFormat.Webp, PreviewQuality);
        using var small = picture.Resize(
            new SKImageInfo(
                Math.Max(1, (int)(picture.Width * scale)), Math.Max(1, (int)(picture.Height * scale))),
            new SKSamplingOptions(SKCubicResampler.Mitchell));
        return small is null ? null : Encode(small, SKEncodedImageFormat.Webp, PreviewQuality);
    }

    private static byte[]? Encode(SKBitmap picture, SKEncodedImageFormat format, int quality)
    {
        using var encoded = picture.Encode(format, quality);
        return encoded?.ToArray();
    }

    /// <summary>The picture as the camera meant it; null where it lies right already.</summary>
    private static SKBitmap? Turned(SKBitmap picture, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default)
            return null;
        var (w, h) = (picture.Width, picture.Height);
        // Columns: x' = a x + b y + c; y' = d x + e y + f.
        var matrix = origin switch
        {
            SKEncodedOrigin.TopRight => new SKMatrix(-1, 0, w, 0, 1, 0, 0, 0, 1),
            SKEncodedOrigin.BottomRight => new SKMatrix(-1, 0, w, 0, -1, h, 0, 0, 1),
            SKEncodedOrigin.BottomLeft => new SKMatrix(1, 0, 0, 0, -1, h, 0, 0, 1),
            SKEncodedOrigin.LeftTop => new SKMatrix(0, 1, 0, 1, 0, 0, 0, 0, 1),
            SKEncodedOrigin.RightTop => new SKMatrix(0, -1, h, 1, 0, 0, 0, 0, 1),
            SKEncodedOrigin.RightBottom => new SKMatrix(0, -1, h, -1, 0, w, 0, 0, 1),
            _ => new SKMatrix(0, 1, 0, -1, 0, w, 0, 0, 1),
        };
        var swaps = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom
            or SKEncodedOrigin.LeftBottom;
        var turned = new SKBitmap(new SKImageInfo(
            swaps ? h : w, swaps ? w : h, picture.ColorType, picture.AlphaType));
        using var canvas = new SKCanvas(turned);
        canvas.SetMatrix(matrix);
        canvas.DrawBitmap(picture, 0, 0);
        canvas.Flush();
        return turned;
    }
}

/// <summary>GIFs are not written anew, or they would stop moving: their blocks are walked, and only those that draw are
/// kept.</summary>
internal static class Gifs
{
    /// <summary>The file without comments, application data (but for the number of repeats) and anything after its end;
    /// null where it is cut or malformed.</summary>
    public static byte[]? Clean(byte[] data)
    {
        var kept = new MemoryStream(data.Length);
        var at = 13 + ColorTable(data, 10);
        if (at > data.Length)
            return null;
        kept.Write(data, 0, at);
        while (at < data.Length)
        {
            var start = at;
            switch (data[at])
            {
                case 0x3B:
                    kept.WriteByte(0x3B);
                    return kept.ToArray();
                case 0x2C when at + 10 < data.Length:
                    at += 10 + ColorTable(data, at + 9) + 1;
                    break;
                case 0x21 when at + 2 < data.Length:
                    at += 2;
                    break;
                default:
                    return null;
            }
            if (SkipBlocks(data, ref at) is false)
                return null;
            var keeps = data[start] == 0x2C || data[start + 1] == 0xF9
                || (data[start + 1] == 0xFF && data.AsSpan(start + 3).StartsWith("NETSCAPE2.0"u8));
            if (keeps)
                kept.Write(data, start, at - start);
        }
        return null;
    }

    private static int ColorTable(byte[] data, int flagsAt) =>
        flagsAt < data.Length && (data[flagsAt] & 0x80) != 0 ? 3 << ((data[flagsAt] & 7) + 1) : 0;

    private static bool SkipBlocks(byte[] data, ref int at)
    {
        while (at < data.Length)
        {
            var length = data[at++];
            if (length == 0)
                return true;
            at += length;
        }
        return false;
    }
}

namespace CustomerService.Load.Suite;

/// <summary>A build of the product, or a setting of one, that is compared with others.</summary>
/// <param name="Name">By which the report calls it.</param>
/// <param name="Product">Its CustomerService.WebFront.dll.</param>
/// <param name="Environment">Environment variables of its process.</param>
public sealed record Variant(string Name, string Product, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Reads <c>name=path[,KEY=value...]</c>.</summary>
    /// <exception cref="ArgumentException">It is not written like that, or there is no such file.</exception>
    public static Variant Parse(string text)
    {
        var pieces = text.Split(',');
        var (name, path) = Pair(pieces[0]);
        if (Directory.Exists(path))
            path = Path.Combine(path, "CustomerService.WebFront.dll");
        if (!File.Exists(path))
            throw new ArgumentException($"'{text}': there is no file {path}.");
        return new Variant(name, Path.GetFullPath(path), pieces.Skip(1).Select(Pair).ToDictionary(p => p.Key, p => p.Value));

        (string Key, string Value) Pair(string piece)
        {
            var at = piece.IndexOf('=', StringComparison.Ordinal);
            return at > 0 && at < piece.Length - 1
                ? (piece[..at], piece[(at + 1)..])
                : throw new ArgumentException($"'{text}' is not of the form name=path[,KEY=value...].");
        }
    }
}

using System.Globalization;
using CustomerService.Hosting;

namespace CustomerService.WebFront.LocalCluster;

/// <summary>How many silos and fronts a local cluster has.</summary>
/// <param name="Silos">From 1 to <see cref="ProcessesMax"/>.</param>
/// <param name="Fronts">From 1 to <see cref="ProcessesMax"/>.</param>
public sealed record ClusterShape(int Silos = 3, int Fronts = 2)
{
    /// <summary>More of one kind would only fight for one machine.</summary>
    public const int ProcessesMax = 9;

    /// <summary>Reads words such as <c>silos=3</c> and <c>fronts=2</c>; what is not named keeps its default.</summary>
    /// <exception cref="StartupException">Another word, or a count out of range.</exception>
    public static ClusterShape Parse(IEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var shape = new ClusterShape();
        foreach (var word in words)
        {
            shape = word.Split('=') switch
            {
                ["silos", var count] => shape with { Silos = Count(word, count) },
                ["fronts", var count] => shape with { Fronts = Count(word, count) },
                _ => throw Wrong(word),
            };
        }
        return shape;
    }

    private static int Count(string word, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= ProcessesMax
            ? count
            : throw Wrong(word);

    private static StartupException Wrong(string word) => new(
        $"--cluster takes silos=N and fronts=M, each from 1 to {ProcessesMax}, not '{word}'.");
}

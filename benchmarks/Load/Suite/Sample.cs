using System.Text.Json;

namespace CustomerService.Load.Suite;

/// <summary>One figure of one round. A line of <c>samples.jsonl</c>; a folder gathers those of many runs.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Part">The suite's part.</param>
/// <param name="Name">What was measured, as <c>product.knee</c>.</param>
/// <param name="Value">The figure, in the unit that the name's target says.</param>
/// <param name="Void">Why it says nothing; null where it counts.</param>
/// <param name="Commit">Of which commit.</param>
public sealed record Sample(DateTimeOffset At, string Part, string Name, double Value, string? Void = null, string? Commit = null);

/// <summary>The samples of a results folder: runs append, so a suite can be run in pieces.</summary>
public sealed class SampleFile(string folder)
{
    private readonly string _path = Path.Combine(Directory.CreateDirectory(folder).FullName, "samples.jsonl");

    public void Append(Sample sample) => File.AppendAllText(_path, JsonSerializer.Serialize(sample, JsonSerializerOptions.Web) + "\n");

    /// <exception cref="FormatException">A line is no sample: names it.</exception>
    public IReadOnlyList<Sample> Read()
    {
        if (!File.Exists(_path))
            return [];
        var samples = new List<Sample>();
        var number = 0;
        foreach (var line in File.ReadLines(_path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                samples.Add(JsonSerializer.Deserialize<Sample>(line, JsonSerializerOptions.Web)!);
            }
            catch (JsonException wrong)
            {
                throw new FormatException($"{_path}, line {number}: {wrong.Message}", wrong);
            }
        }
        return samples;
    }
}

using System.Collections.Immutable;

namespace CustomerService.Dialogues;

/// <summary>The dialogues that ship with the program, for demonstrations, load and tests.</summary>
public static class DialogueLibrary
{
    /// <summary>Reads and checks every embedded dialogue. It reads anew at each call: keep what you get.</summary>
    /// <returns>All dialogues, in ordinal order of file names, so that every machine sees one order.</returns>
    /// <exception cref="DialogueFormatException">One of the files breaks a rule of the format.</exception>
    public static ImmutableArray<Dialogue> Load()
    {
        var assembly = typeof(DialogueLibrary).Assembly;
        return Parse(assembly.GetManifestResourceNames().Select(name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var content = new MemoryStream();
            stream.CopyTo(content);
            return (name, content.ToArray());
        }));
    }

    /// <summary>Reads files, and refuses two that carry one id.</summary>
    internal static ImmutableArray<Dialogue> Parse(IEnumerable<(string File, byte[] Json)> files)
    {
        var dialogues = ImmutableArray.CreateBuilder<Dialogue>();
        var fileOfId = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (file, json) in files.OrderBy(item => item.File, StringComparer.Ordinal))
        {
            var dialogue = DialogueParser.Parse(file, json);
            if (!fileOfId.TryAdd(dialogue.Id, file))
                throw new DialogueFormatException(file, $"id '{dialogue.Id}' is also in '{fileOfId[dialogue.Id]}'.");
            dialogues.Add(dialogue);
        }

        return dialogues.ToImmutable();
    }
}

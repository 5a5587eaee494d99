namespace CustomerService.Hosting;

/// <summary>Why a process can't start, as one sentence for the person at the terminal.</summary>
public sealed class StartupException(string sentence, Exception? inner = null) : Exception(sentence, inner);

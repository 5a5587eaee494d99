namespace CustomerService.Grains.Conversations;

/// <summary>
/// When the line in the holder's inbox is told anew: a change after a pause at once, those that follow within
/// <see cref="Pause"/> together at its end. The messages themselves reach the agent by its subscription, each at once;
/// a call to the agent's grain and a push of the whole line for each of them would cost more than the message.
/// </summary>
/// <param name="tell">Tells the line as it is now.</param>
/// <param name="timer">Makes a timer of the grain that rings never, until it is changed.</param>
/// <param name="clock">Measures the pause.</param>
internal sealed class InboxLine(Action tell, Func<Action, IGrainTimer> timer, TimeProvider clock)
{
    /// <summary>Shortest time between two tellings: what a list that is read by people may lag.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private IGrainTimer? _timer;
    private long? _toldAt;
    private bool _waits;

    /// <summary>Something that the line shows is different.</summary>
    public void Changed()
    {
        if (_waits)
            return;
        var since = _toldAt is { } at ? clock.GetElapsedTime(at) : Pause;
        if (since >= Pause)
        {
            Tell();
            return;
        }
        _waits = true;
        _timer ??= timer(Ring);
        _timer.Change(Pause - since, Timeout.InfiniteTimeSpan);
    }

    private void Ring()
    {
        if (!_waits)
            return;
        _waits = false;
        Tell();
    }

    private void Tell()
    {
        _toldAt = clock.GetTimestamp();
        tell();
    }
}

using Microsoft.ML.DeLoRA.Pretraining;

namespace Microsoft.ML.DeLoRA.Tests.Pretraining;

public class BatchesAheadTests
{
    [Fact]
    public void Batches_come_in_the_order_of_the_steps_whichever_is_made_first()
    {
        // The first waits until a later one is done.
        using var laterDone = new ManualResetEventSlim();
        using var batches = new BatchesAhead<Made>(step =>
        {
            if (step == 3)
                Assert.True(laterDone.Wait(TimeSpan.FromMinutes(1)));
            else
                laterDone.Set();
            return new Made(step);
        }, 3, 40);
        for (int step = 3; step < 40; step++)
        {
            using Made batch = batches.Next();
            Assert.Equal(step, batch.Step);
        }
        Assert.Contains("after step 39", Assert.Throws<InvalidOperationException>(batches.Next).Message);
    }

    [Fact]
    public void Only_a_few_are_made_ahead_and_what_nobody_took_is_freed()
    {
        var made = new List<Made>();
        using (var batches = new BatchesAhead<Made>(step =>
        {
            var batch = new Made(step);
            lock (made)
                made.Add(batch);
            return batch;
        }, 0, 1000))
        {
            for (int step = 0; step < 5; step++)
                batches.Next().Dispose();
        }
        Assert.InRange(made.Count, 6, 20);
        Assert.All(made, batch => Assert.True(batch.Disposed));
    }

    [Fact]
    public void A_batch_that_cannot_be_made_throws_at_its_step()
    {
        using var batches = new BatchesAhead<Made>(
            step => step is 2 or 4 ? throw new InvalidDataException($"step {step}") : new Made(step), 0, 10);
        batches.Next().Dispose();
        batches.Next().Dispose();
        Assert.Equal("step 2", Assert.Throws<InvalidDataException>(batches.Next).Message);
    }

    private sealed class Made(int step) : IDisposable
    {
        public int Step { get; } = step;

        public bool Disposed { get; private set; }

        public void Dispose() => Disposed = true;
    }
}

// Frames of one eye -> what is believed: runtime/recognizer.py without the neutral face (--neutral none).
// C# 7.3 without packages, so that Unity, .NET and Mono compile it. What runs the network is an IStepModel.
using System;
using System.Collections.Generic;

namespace Eyeprentice
{
    /// <summary>A model file that `eyeprentice export` wrote; it keeps a state for each phase, all zeros at rest.</summary>
    public interface IStepModel
    {
        /// <summary>Width and height of the grey pictures that it is given.</summary>
        int Size { get; }
        int Steps { get; }
        int Skip { get; }
        double Sharpness { get; }
        double ForgettingHz { get; }
        string[] Labels { get; }
        /// <summary>Names of the action units that it estimates; empty if it estimates none.</summary>
        string[] Units { get; }
        /// <summary>One step of a phase, which begins at rest if `begins`: logits of the labels, and action units.</summary>
        float[] Run(int phase, bool begins, byte[] picture, out float[] units);
    }

    public sealed class Reading
    {
        /// <summary>Of the labels, in their order; they add up to 1.</summary>
        public double[] Probabilities;
        /// <summary>Intensities of the action units, 0 to 1, in their order.</summary>
        public double[] Units;
        /// <summary>The most probable label, and its number.</summary>
        public string Emotion;
        public int Best;
    }

    /// <summary>A stream as interleaved clips (runtime/phases.py), of frames that come evenly.</summary>
    public sealed class Reader
    {
        private const double LearntHz = 30; // frames a second of the clips that models learn from

        private sealed class Phase
        {
            public int Age;
            public float[] Total, Units;
            public long Tick = -1;
        }

        private readonly IStepModel model;
        private readonly double rateHz;
        private readonly Phase[] phases;
        private readonly double[] belief;
        private long tick;

        public Reader(IStepModel model, double rateHz = LearntHz)
        {
            if (!(rateHz > 0) || rateHz > 1000) throw new ArgumentException("rateHz must be above 0, and at most 1000");
            this.model = model;
            this.rateHz = rateHz;
            phases = new Phase[(int)Math.Max(1, Math.Round((model.Skip + 1) * rateHz / LearntHz))];
            for (int number = 0; number < phases.Length; number++) phases[number] = new Phase();
            belief = new double[model.Labels.Length];
            for (int label = 0; label < belief.Length; label++) belief[label] = 1.0 / belief.Length;
        }

        /// <summary>One more frame: grey, row by row, the eye and its brow filling it.</summary>
        public Reading Step(byte[] pixels, int width, int height)
        {
            int turn = (int)(tick % phases.Length);
            long round = tick / phases.Length;
            Phase phase = phases[turn];
            bool begins = phase.Age == 0 || (round - (long)turn * model.Steps / phases.Length) % model.Steps == 0;
            if (begins) phases[turn] = phase = new Phase { Total = new float[model.Labels.Length] };
            float[] logits = model.Run(turn, begins, Pictures.Reduced(pixels, width, height, model.Size), out phase.Units);
            phase.Age++;
            phase.Tick = tick;
            var evidence = new float[logits.Length];
            for (int label = 0; label < logits.Length; label++)
            {
                phase.Total[label] += logits[label];
                evidence[label] = phase.Total[label] / phase.Age;
            }
            double forgetting = Math.Min(0.5, model.ForgettingHz / rateHz);
            Update(belief, evidence, model.Sharpness * Math.Min(1, LearntHz / rateHz), forgetting);
            int best = Array.IndexOf(belief, Max(belief));
            Reading reading = new Reading
            {
                Probabilities = (double[])belief.Clone(), Units = MeanUnits(), Emotion = model.Labels[best], Best = best,
            };
            tick++;
            return reading;
        }

        /// <summary>One more step of the smoother of runtime/belief.py.</summary>
        public static void Update(double[] belief, float[] evidence, double sharpness, double forgetting)
        {
            double most = double.NegativeInfinity, total = 0;
            foreach (float value in evidence) most = Math.Max(most, value);
            for (int label = 0; label < belief.Length; label++)
            {
                double forgotten = (1 - forgetting) * belief[label] + forgetting / (belief.Length - 1) * (1 - belief[label]);
                belief[label] = Math.Max(forgotten, 1e-300) * Math.Exp(sharpness * (float)(evidence[label] - (float)most));
                total += belief[label];
            }
            for (int label = 0; label < belief.Length; label++) belief[label] /= total;
        }

        private double[] MeanUnits()
        {
            var mean = new double[model.Units.Length];
            int said = 0;
            foreach (Phase phase in phases)
            {
                if (phase.Tick < 0 || tick - phase.Tick >= phases.Length) continue;
                for (int unit = 0; unit < mean.Length; unit++) mean[unit] += phase.Units[unit];
                said++;
            }
            for (int unit = 0; unit < mean.Length; unit++) mean[unit] /= said;
            return mean;
        }

        private static double Max(double[] values)
        {
            double most = values[0];
            foreach (double value in values) most = Math.Max(most, value);
            return most;
        }
    }

    public static class Pictures
    {
        private struct Share
        {
            public int Index;
            public float Weight;
        }

        /// <summary>Each pixel the mean over its area, rounded as OpenCV does (INTER_AREA): width x height to size x size.</summary>
        public static byte[] Reduced(byte[] pixels, int width, int height, int size)
        {
            if (pixels.Length != width * height) throw new ArgumentException("the frame does not have width x height bytes");
            if (width < size || height < size) throw new ArgumentException("frames must have at least " + size + " pixels on each side");
            List<Share>[] rows = Shares(height, size), columns = Shares(width, size);
            bool halves = width == 2 * size && height == 2 * size; // where OpenCV rounds 0.5 up
            var result = new byte[size * size];
            for (int y = 0; y < size; y++)
            {
                for (int x = 0; x < size; x++)
                {
                    float sum = 0;
                    foreach (Share row in rows[y])
                    {
                        float along = 0;
                        foreach (Share column in columns[x])
                        {
                            along = (float)(along + (float)(column.Weight * pixels[row.Index * width + column.Index]));
                        }
                        sum = (float)(sum + (float)(row.Weight * along));
                    }
                    result[y * size + x] = (byte)(halves ? Math.Floor(sum + 0.5f) : Math.Round(sum));
                }
            }
            return result;
        }

        /// <summary>For each pixel, which ones it is the mean of, and their weights.</summary>
        private static List<Share>[] Shares(int length, int size)
        {
            var all = new List<Share>[size];
            double scale = (double)length / size;
            for (int place = 0; place < size; place++)
            {
                double from = place * scale, to = from + scale;
                all[place] = new List<Share>();
                for (int index = (int)from; index < length && index < to - 1e-9; index++)
                {
                    double share = Math.Min(to, index + 1.0) - Math.Max(from, index);
                    if (share > 1e-3) all[place].Add(new Share { Index = index, Weight = (float)(share / scale) });
                }
            }
            return all;
        }
    }
}

// For a test: the network is asked of whoever reads our standard output; frames come in on standard input.
using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Eyeprentice;

internal sealed class AskingModel : IStepModel
{
    private readonly TextReader answers;

    public AskingModel(TextReader answers, string[] facts)
    {
        this.answers = answers;
        Size = int.Parse(facts[0]);
        Steps = int.Parse(facts[1]);
        Skip = int.Parse(facts[2]);
        Sharpness = Number(facts[3]);
        ForgettingHz = Number(facts[4]);
        Labels = facts[5].Split(',');
        Units = facts[6].Split(',');
    }

    public int Size { get; }
    public int Steps { get; }
    public int Skip { get; }
    public double Sharpness { get; }
    public double ForgettingHz { get; }
    public string[] Labels { get; }
    public string[] Units { get; }

    public float[] Run(int phase, bool begins, byte[] picture, out float[] units)
    {
        Console.WriteLine("run " + phase + " " + (begins ? 1 : 0) + " " + Convert.ToBase64String(picture));
        float[] numbers = answers.ReadLine().Split(' ').Select(text => (float)Number(text)).ToArray();
        units = numbers.Skip(Labels.Length).ToArray();
        return numbers.Take(Labels.Length).ToArray();
    }

    private static double Number(string text)
    {
        return double.Parse(text, CultureInfo.InvariantCulture);
    }

    private static int Main(string[] words)
    {
        string[] facts = Console.In.ReadLine().Split(' ');
        int width = int.Parse(words[0]), height = int.Parse(words[1]);
        Reader reader = new Reader(new AskingModel(Console.In, facts), Number(words[2]));
        string line;
        while ((line = Console.In.ReadLine()) != null)
        {
            Reading reading = reader.Step(Convert.FromBase64String(line), width, height);
            var numbers = reading.Probabilities.Concat(reading.Units).Select(value => value.ToString("R", CultureInfo.InvariantCulture));
            Console.WriteLine("reading " + reading.Emotion + " " + string.Join(" ", numbers));
        }
        return 0;
    }
}

// The network on ONNX Runtime: the package Microsoft.ML.OnnxRuntime of NuGet, or com.github.asus4.onnxruntime in Unity.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Eyeprentice
{
    public sealed class OnnxStepModel : IStepModel, IDisposable
    {
        private readonly InferenceSession session;
        private readonly Dictionary<int, Dictionary<string, float[]>> states = new Dictionary<int, Dictionary<string, float[]>>();

        /// <summary>`file` is the content of default.onnx, or of what `eyeprentice export --input ready` wrote.</summary>
        public OnnxStepModel(byte[] file)
        {
            using (var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 })
            {
                session = new InferenceSession(file, options);
            }
            if (Text("eyeprentice.format") != "3" || Text("input") != "ready")
            {
                throw new ArgumentException("not a model of format 3 whose input is ready; export it again");
            }
            Size = int.Parse(Text("size"), CultureInfo.InvariantCulture);
            Steps = int.Parse(Text("steps"), CultureInfo.InvariantCulture);
            Skip = int.Parse(Text("skip"), CultureInfo.InvariantCulture);
            Sharpness = double.Parse(Text("sharpness"), CultureInfo.InvariantCulture);
            ForgettingHz = double.Parse(Text("forgetting_hz"), CultureInfo.InvariantCulture);
            Labels = Text("labels").Split(' ');
            Units = Text("units").Split(new[] { ' ' }, StringSplitOptions.RemoveEmptyEntries);
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
            var given = new List<NamedOnnxValue>
            {
                NamedOnnxValue.CreateFromTensor("frame", new DenseTensor<byte>(picture, new[] { Size, Size, 1 })),
            };
            foreach (KeyValuePair<string, NodeMetadata> input in session.InputMetadata.Where(input => input.Key != "frame"))
            {
                int[] shape = input.Value.Dimensions;
                float[] values = begins ? new float[shape.Aggregate(1, (a, b) => a * b)] : states[phase][input.Key];
                given.Add(NamedOnnxValue.CreateFromTensor(input.Key, new DenseTensor<float>(values, shape)));
            }
            using (IDisposableReadOnlyCollection<DisposableNamedOnnxValue> answers = session.Run(given))
            {
                Dictionary<string, float[]> named = answers.ToDictionary(each => each.Name, each => each.AsEnumerable<float>().ToArray());
                states[phase] = session.InputMetadata.Keys.Where(name => name != "frame").ToDictionary(name => name, name => named[name + "_after"]);
                units = Units.Length > 0 ? named["units"] : new float[0];
                return named["logits"];
            }
        }

        public void Dispose()
        {
            session.Dispose();
        }

        private string Text(string name)
        {
            string text;
            return session.ModelMetadata.CustomMetadataMap.TryGetValue(name, out text) ? text : "";
        }
    }
}

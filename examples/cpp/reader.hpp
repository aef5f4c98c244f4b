// Frames of one eye -> what is believed: `runtime/recognizer.py` without the neutral face (`--neutral none`).
//
//     eyeprentice::Reader reader("default.onnx", 30);
//     const eyeprentice::Reading& reading = reader.step(pixels, width, height);  // grey, the eye and its brow filling it
//
// Errors are std::runtime_error, ONNX Runtime's Ort::Exception.
#pragma once

#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace eyeprentice {

constexpr double LEARNT_HZ = 30;  // frames a second of the clips that models learn from

struct Reading {
    std::vector<double> probabilities;        // of the labels, in their order; they add up to 1
    std::map<std::string, double> units;      // intensities of action units, 0 to 1
    size_t best = 0;                          // the most probable label
};

// A model file that `eyeprentice export` wrote; its input is `ready`: grey pictures of its own size.
class StepModel {
public:
    using State = std::vector<std::vector<float>>;  // all zeros at rest

    explicit StepModel(const std::string& path)
        : session_(environment(), std::basic_string<ORTCHAR_T>(path.begin(), path.end()).c_str(), options()) {
        Ort::AllocatorWithDefaultOptions allocator;
        if (text("eyeprentice.format") != "3" || text("input") != "ready") {
            throw std::runtime_error(path + ": not a model of format 3 whose input is ready; export it again");
        }
        size = std::stoi(text("size"));
        steps = std::stoi(text("steps"));
        skip = std::stoi(text("skip"));
        sharpness = std::stod(text("sharpness"));
        forgetting_hz = std::stod(text("forgetting_hz"));
        labels = words(text("labels"));
        units = words(text("units"));
        for (size_t number = 0; number < session_.GetInputCount(); ++number) {
            inputs_.push_back(session_.GetInputNameAllocated(number, allocator).get());
            shapes_.push_back(session_.GetInputTypeInfo(number).GetTensorTypeAndShapeInfo().GetShape());
        }
        for (size_t number = 0; number < session_.GetOutputCount(); ++number) {
            outputs_.push_back(session_.GetOutputNameAllocated(number, allocator).get());
        }
    }

    State rest() const {
        State state(1);  // the first input is the frame
        for (size_t number = 1; number < shapes_.size(); ++number) {
            size_t count = 1;
            for (int64_t side : shapes_[number]) count *= static_cast<size_t>(side);
            state.emplace_back(count, 0.0f);
        }
        return state;
    }

    // The picture (size x size) and the state before -> logits, action units and, in the state's place, the state after.
    std::pair<std::vector<float>, std::vector<float>> run(std::vector<uint8_t>& picture, State& state) {
        auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
        std::vector<Ort::Value> given;
        given.push_back(Ort::Value::CreateTensor<uint8_t>(
            memory, picture.data(), picture.size(), shapes_[0].data(), shapes_[0].size()));
        for (size_t number = 1; number < inputs_.size(); ++number) {
            given.push_back(Ort::Value::CreateTensor<float>(
                memory, state[number].data(), state[number].size(), shapes_[number].data(), shapes_[number].size()));
        }
        auto answers = session_.Run(Ort::RunOptions{nullptr}, pointers(inputs_).data(), given.data(), given.size(),
                                    pointers(outputs_).data(), outputs_.size());
        const size_t first = units.empty() ? 1 : 2;
        for (size_t number = first; number < answers.size(); ++number) {
            state[number - first + 1] = values(answers[number]);  // in the order of the inputs
        }
        return {values(answers[0]), units.empty() ? std::vector<float>{} : values(answers[1])};
    }

    int size, steps, skip;
    double sharpness, forgetting_hz;
    std::vector<std::string> labels, units;

private:
    static Ort::Env& environment() {
        static Ort::Env environment(ORT_LOGGING_LEVEL_ERROR, "eyeprentice");
        return environment;
    }

    static Ort::SessionOptions options() {
        Ort::SessionOptions options;
        options.SetIntraOpNumThreads(1);
        options.SetInterOpNumThreads(1);
        return options;
    }

    std::string text(const char* name) {
        Ort::AllocatorWithDefaultOptions allocator;
        auto found = session_.GetModelMetadata().LookupCustomMetadataMapAllocated(name, allocator);
        return found ? found.get() : "";
    }

    static std::vector<std::string> words(const std::string& text) {
        std::istringstream stream(text);
        return {std::istream_iterator<std::string>(stream), {}};
    }

    static std::vector<const char*> pointers(const std::vector<std::string>& names) {
        std::vector<const char*> found;
        for (const auto& name : names) found.push_back(name.c_str());
        return found;
    }

    static std::vector<float> values(const Ort::Value& value) {
        const float* data = value.GetTensorData<float>();
        return {data, data + value.GetTensorTypeAndShapeInfo().GetElementCount()};
    }

    Ort::Session session_;
    std::vector<std::string> inputs_, outputs_;
    std::vector<std::vector<int64_t>> shapes_;
};

// One more step of the smoother of `runtime/belief.py`.
inline void update(std::vector<double>& belief, const std::vector<float>& evidence, double sharpness, double forgetting) {
    const double others = forgetting / static_cast<double>(belief.size() - 1);
    const float most = *std::max_element(evidence.begin(), evidence.end());
    double total = 0;
    for (size_t label = 0; label < belief.size(); ++label) {
        double forgotten = (1 - forgetting) * belief[label] + others * (1 - belief[label]);
        belief[label] = std::max(forgotten, 1e-300) * std::exp(sharpness * static_cast<double>(evidence[label] - most));
        total += belief[label];
    }
    for (double& probability : belief) probability /= total;
}

// Each pixel the mean over its area, rounded as OpenCV does (INTER_AREA): width x height -> size x size.
// Pictures that are too small are refused.
inline std::vector<uint8_t> reduced(const uint8_t* pixels, int width, int height, int size) {
    if (width < size || height < size) {
        throw std::runtime_error("frames must have at least " + std::to_string(size) + " pixels on each side");
    }
    auto shares = [size](int length) {  // for each pixel: which ones it is the mean of, and their weights
        std::vector<std::vector<std::pair<int, float>>> all(static_cast<size_t>(size));
        const double scale = static_cast<double>(length) / size;
        for (int place = 0; place < size; ++place) {
            const double from = place * scale, to = from + scale;
            for (int index = static_cast<int>(from); index < length && index < to - 1e-9; ++index) {
                const double share = std::min(to, index + 1.0) - std::max(from, static_cast<double>(index));
                if (share > 1e-3) all[static_cast<size_t>(place)].emplace_back(index, static_cast<float>(share / scale));
            }
        }
        return all;
    };
    const auto rows = shares(height), columns = shares(width);
    const bool halves = width == 2 * size && height == 2 * size;  // where OpenCV rounds 0.5 up
    std::vector<uint8_t> result;
    for (const auto& row : rows) {
        for (const auto& column : columns) {
            float sum = 0;
            for (const auto& [y, down] : row) {
                float along = 0;
                for (const auto& [x, across] : column) along += across * static_cast<float>(pixels[y * width + x]);
                sum += down * along;
            }
            result.push_back(static_cast<uint8_t>(halves ? std::floor(sum + 0.5f) : std::rint(sum)));
        }
    }
    return result;
}

// A stream as interleaved clips (`runtime/phases.py`), of frames that come evenly.
class Reader {
public:
    explicit Reader(const std::string& path, double rate_hz = LEARNT_HZ) : model(path), rate_hz_(rate_hz) {
        if (!(rate_hz > 0) || rate_hz > 1000) throw std::runtime_error("the rate must be above 0, and at most 1000 a second");
        const double count = std::nearbyint((model.skip + 1) * rate_hz / LEARNT_HZ);
        phases_.resize(std::max<size_t>(1, static_cast<size_t>(count)), {model.rest(), 0, {}, {}, -1});
        reading_.probabilities.assign(model.labels.size(), 1.0 / static_cast<double>(model.labels.size()));
    }

    // One more frame: grey, row by row.
    const Reading& step(const uint8_t* pixels, int width, int height) {
        const int64_t count = static_cast<int64_t>(phases_.size()), turn = tick_ % count, round = tick_ / count;
        Phase& phase = phases_[static_cast<size_t>(turn)];
        if (phase.age > 0 && (round - turn * model.steps / count) % model.steps == 0) {
            phase = {model.rest(), 0, {}, {}, -1};
        }
        auto picture = reduced(pixels, width, height, model.size);
        auto [logits, units] = model.run(picture, phase.state);
        phase.total.resize(logits.size(), 0.0f);
        std::vector<float> evidence;
        ++phase.age;
        for (size_t label = 0; label < logits.size(); ++label) {
            phase.total[label] += logits[label];
            evidence.push_back(phase.total[label] / static_cast<float>(phase.age));
        }
        phase.units = std::move(units);
        phase.tick = tick_;
        const double interval = 1 / rate_hz_, forgetting = std::min(0.5, model.forgetting_hz * interval);
        update(reading_.probabilities, evidence, model.sharpness * std::min(1.0, LEARNT_HZ * interval), forgetting);
        const auto best = std::max_element(reading_.probabilities.begin(), reading_.probabilities.end());
        reading_.best = static_cast<size_t>(best - reading_.probabilities.begin());
        average_units(count);
        ++tick_;
        return reading_;
    }

    StepModel model;

private:
    struct Phase {
        StepModel::State state;
        int age;
        std::vector<float> total, units;
        int64_t tick;
    };

    void average_units(int64_t count) {
        for (size_t unit = 0; unit < model.units.size(); ++unit) {
            double sum = 0, said = 0;
            for (const Phase& phase : phases_) {
                if (phase.tick < 0 || tick_ - phase.tick >= count) continue;
                sum += static_cast<double>(phase.units[unit]);
                ++said;
            }
            reading_.units[model.units[unit]] = sum / said;
        }
    }

    double rate_hz_;
    int64_t tick_ = 0;
    std::vector<Phase> phases_;
    Reading reading_;
};

}  // namespace eyeprentice

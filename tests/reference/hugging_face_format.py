"""Whisper as transformers names and stores it: config.json and safetensors."""

import json

# OpenAI's part of a name → transformers', inside a block.
IN_BLOCK = {
    "attn.query": "self_attn.q_proj",
    "attn.key": "self_attn.k_proj",
    "attn.value": "self_attn.v_proj",
    "attn.out": "self_attn.out_proj",
    "attn_ln": "self_attn_layer_norm",
    "cross_attn.query": "encoder_attn.q_proj",
    "cross_attn.key": "encoder_attn.k_proj",
    "cross_attn.value": "encoder_attn.v_proj",
    "cross_attn.out": "encoder_attn.out_proj",
    "cross_attn_ln": "encoder_attn_layer_norm",
    "mlp.0": "fc1",
    "mlp.2": "fc2",
    "mlp_ln": "final_layer_norm",
}
OUTSIDE = {
    "encoder.positional_embedding": "encoder.embed_positions.weight",
    "decoder.positional_embedding": "decoder.embed_positions.weight",
    "decoder.token_embedding.weight": "decoder.embed_tokens.weight",
    "encoder.ln_post.weight": "encoder.layer_norm.weight",
    "encoder.ln_post.bias": "encoder.layer_norm.bias",
    "decoder.ln.weight": "decoder.layer_norm.weight",
    "decoder.ln.bias": "decoder.layer_norm.bias",
}


def hugging_face_name(name):
    """transformers' name of an OpenAI tensor, as its safetensors files have it."""
    if ".blocks." not in name:
        return "model." + OUTSIDE.get(name, name)
    side, _, layer, rest = name.split(".", 3)
    part, kind = rest.rsplit(".", 1)
    return f"model.{side}.layers.{layer}.{IN_BLOCK[part]}.{kind}"


def config(dims, dtype):
    return {
        "architectures": ["WhisperForConditionalGeneration"],
        "model_type": "whisper",
        "activation_function": "gelu",
        "num_mel_bins": dims["n_mels"],
        "d_model": dims["n_audio_state"],
        "max_source_positions": dims["n_audio_ctx"],
        "encoder_layers": dims["n_audio_layer"],
        "encoder_attention_heads": dims["n_audio_head"],
        "encoder_ffn_dim": 4 * dims["n_audio_state"],
        "vocab_size": dims["n_vocab"],
        "max_target_positions": dims["n_text_ctx"],
        "decoder_layers": dims["n_text_layer"],
        "decoder_attention_heads": dims["n_text_head"],
        "decoder_ffn_dim": 4 * dims["n_text_state"],
        "torch_dtype": dtype,
    }


def write_hugging_face(folder, dims, tensors, shards=1):
    """Writes a folder as save_pretrained does: one file, or `shards` of them and their index."""
    from safetensors.torch import save_file

    folder.mkdir()
    renamed = {hugging_face_name(name): tensor.contiguous() for name, tensor in sorted(tensors.items())}
    dtype = str(next(iter(renamed.values())).dtype).removeprefix("torch.")
    (folder / "config.json").write_text(json.dumps(config(dims, dtype), indent=2))
    if shards == 1:
        save_file(renamed, folder / "model.safetensors", metadata={"format": "pt"})
        return
    files = [f"model-{index + 1:05d}-of-{shards:05d}.safetensors" for index in range(shards)]
    place = {name: files[index % shards] for index, name in enumerate(renamed)}
    for file in files:
        own = {name: renamed[name] for name in renamed if place[name] == file}
        save_file(own, folder / file, metadata={"format": "pt"})
    total = sum(tensor.numel() * tensor.element_size() for tensor in renamed.values())
    index = {"metadata": {"total_size": total}, "weight_map": place}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2))

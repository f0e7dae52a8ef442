"""The only Streamlit helpers of the project: film session, landmark editor, result tables, cards, theme."""
